"""Nothing is fetched for anybody."""

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from hdr_demo.ui.server import EarlyScript, RefuseLinks


async def echo(request: Request) -> Response:
    return Response(await request.body())


@pytest.fixture(scope="module")
def client() -> TestClient:
    routes = [Route("/{path:path}", echo, methods=["GET", "POST"])]
    return TestClient(Starlette(routes=routes, middleware=[Middleware(RefuseLinks)]))


@pytest.mark.parametrize(
    "path",
    [
        "/gradio_api/file=http://example.com/x.png",
        "/gradio_api/file=https://example.com/x.png",
        "/gradio_api/file=HTTPS://example.com/x.png",
        "/gradio_api/file/https://example.com/x.png",
        "/gradio_api/proxy=https://x.hf.space/y",
    ],
)
def test_an_address_to_be_fetched_is_refused(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 403


@pytest.mark.parametrize("link", ["http://example.com/a.jpg", "https://example.com/a.jpg"])
def test_a_file_that_is_a_link_is_refused(client: TestClient, link: str) -> None:
    for body in ({"data": [{"path": link}]}, {"data": [[{"image": {"path": link, "meta": {}}}]]}):
        assert client.post("/gradio_api/queue/join", json=body).status_code == 403


@pytest.mark.parametrize(
    "body",
    [
        {"data": [{"path": "/tmp/x/a.jpg", "url": "http://127.0.0.1:7860/gradio_api/file=/tmp/x/a.jpg"}]},
        {"data": ["https://example.com/ is only a sentence"]},
        [1, None, "text"],
    ],
)
def test_anything_else_arrives_as_it_was_sent(client: TestClient, body: object) -> None:
    answer = client.post("/gradio_api/queue/join", json=body)
    assert answer.status_code == 200 and answer.json() == body


def test_what_is_no_json_is_passed_on(client: TestClient) -> None:
    answer = client.post("/x", content=b"{broken", headers={"content-type": "application/json"})
    assert answer.content == b"{broken"
    assert client.post("/x", content=b"\xff" * 70_000).content == b"\xff" * 70_000


HTML = "<!doctype html><html><head><title>x</title></head><body>é</body></html>"


@pytest.mark.parametrize("in_parts", [False, True])
def test_the_early_script_stands_before_everything_in_the_page(in_parts: bool) -> None:
    async def answer(request: Request) -> Response:
        return StreamingResponse(iter([HTML[:20], HTML[20:]])) if in_parts else HTMLResponse(HTML)

    routes = [Route("/", answer), Route("/other", answer)]
    client = TestClient(Starlette(routes=routes, middleware=[Middleware(EarlyScript, script="early()")]))
    assert client.get("/").text == HTML.replace("<head>", "<head><script>early()</script>")
    assert client.get("/other").text == HTML
