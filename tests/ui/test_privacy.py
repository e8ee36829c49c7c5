"""A visitor reads what is theirs and nothing else, and the limits hold."""

import json
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

import gradio as gr
import pytest
from gradio_client import Client, handle_file

from .conftest import MAX_FILE_SIZE


def get(address: str) -> tuple[int, bytes]:
    try:
        with urllib.request.urlopen(address) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def post(address: str, body: bytes, content_type: str) -> tuple[int, bytes]:
    request = urllib.request.Request(address, body, {"Content-Type": content_type})
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def upload(url: str, name: str, content: bytes) -> tuple[int, bytes]:
    head = f'--x\r\nContent-Disposition: form-data; name="files"; filename="{name}"\r\n\r\n'
    body = head.encode() + content + b"\r\n--x--\r\n"
    return post(f"{url}gradio_api/upload", body, "multipart/form-data; boundary=x")


def file_address(url: str, path: str | Path) -> str:
    return f"{url}gradio_api/file={urllib.parse.quote(str(path))}"


@pytest.mark.parametrize(
    "path", ["app.py", "README.md", "hdr_demo/ui/app.py", "examples/sunset.jpg", "weights", ".git/config"]
)
def test_no_file_of_the_program_can_be_read(url: str, root: Path, path: str) -> None:
    assert (root / path).exists() or path.startswith(".git")
    for address in (path, root / path, f"../{root.name}/{path}"):
        assert get(file_address(url, address))[0] == 403


@pytest.mark.parametrize("path", ["/etc/passwd", "/etc/hostname", "/proc/self/environ", "file:///etc/passwd"])
def test_no_file_of_the_machine_can_be_read(url: str, path: str) -> None:
    assert get(file_address(url, path))[0] == 403


def test_no_file_of_the_machine_can_be_given_as_a_photo(url: str) -> None:
    for path in ("/etc/passwd", "/proc/self/environ"):
        body = json.dumps({"data": [{"path": path, "meta": {"_type": "gradio.FileData"}}, ".exr", "calibrated"]})
        status, answer = post(f"{url}gradio_api/call/expand_photo", body.encode(), "application/json")
        if status == 200:  # accepted into the queue; the refusal is the event's outcome
            event = json.loads(answer)["event_id"]
            status, answer = get(f"{url}gradio_api/call/expand_photo/{event}")
            assert b"event: error" in answer
        assert b"root:" not in answer and b"PATH=" not in answer


def test_no_link_is_fetched(url: str) -> None:
    assert get(f"{url}gradio_api/file=https://example.com/x.png")[0] == 403
    body = {"data": [{"path": "https://example.com/x.png", "meta": {"_type": "gradio.FileData"}}, ".exr", "calibrated"]}
    status, answer = post(f"{url}gradio_api/call/expand_photo", json.dumps(body).encode(), "application/json")
    assert status == 403 and b"Links are not fetched" in answer


def test_a_result_can_be_read_by_its_path_and_not_by_a_guess(
    url: str, page: gr.Blocks, small_photo: Path, tmp_path: Path
) -> None:
    client = Client(url, verbose=False, download_files=str(tmp_path))
    client.predict(handle_file(small_photo), api_name="/expand_photo")
    visitor = page.visitors.of(gr.Request(session_hash=client.session_hash))
    result = next(visitor.folder.rglob("*.exr"))
    assert get(file_address(url, result))[0] == 200
    results = visitor.folder.parent
    for guess in (
        results,
        visitor.folder,
        results / client.session_hash,
        results / "0" / result.parent.name / "lamp.exr",
    ):
        assert get(file_address(url, guess))[0] == 403
    assert (
        get(f"{url}gradio_api/file={urllib.parse.quote(str(results / '*' / result.parent.name / 'lamp.exr'))}")[0]
        == 403
    )


def test_results_lie_apart_from_the_program_and_from_other_programs(page: gr.Blocks, root: Path) -> None:
    folder = page.visitors.of(gr.Request(session_hash="somebody")).folder
    assert root not in folder.parents
    assert folder.parents[1].name.startswith("hdr_demo-") and folder.parent.name == "results"


def test_an_upload_has_a_limit(url: str) -> None:
    assert upload(url, "fits.bin", b"0" * (MAX_FILE_SIZE // 2))[0] == 200
    assert upload(url, "large.bin", b"0" * (MAX_FILE_SIZE + 1))[0] == 413


def test_a_photo_has_a_limit_of_pixels(url: str, tmp_path: Path) -> None:
    from PIL import Image

    Image.new("L", (2500, 2001)).save(tmp_path / "wall.png")
    client = Client(url, verbose=False)
    with pytest.raises(Exception, match=r"wall\.png has .* megapixels"):
        client.predict(handle_file(tmp_path / "wall.png"), api_name="/expand_photo")


def test_an_upload_cannot_choose_its_place(url: str, root: Path) -> None:
    status, answer = upload(url, "../../../../escape.png", b"0")
    assert status == 200
    (path,) = json.loads(answer)
    assert ".." not in path and Path(path).name == "escape.png" and root not in Path(path).parents


@pytest.mark.parametrize("path", ["gradio_api/runs", "monitoring", "monitoring/summary"])
def test_what_the_app_does_not_offer_is_not_there(url: str, path: str) -> None:
    assert get(f"{url}{path}")[0] in (403, 404)


def test_the_page_asks_nobody_else(page: gr.Blocks) -> None:
    assert page.analytics_enabled is False and page.share is False
    assert page.config["footer_links"] == ["api"]
