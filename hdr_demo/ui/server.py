"""What stands between visitors and Gradio: no links are fetched, and a script runs before Gradio's own."""

import json

from gradio_client.utils import is_http_url_like
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# Gradio fetches what these addresses name and passes it on.
FETCHED = ("/gradio_api/file=http", "/gradio_api/file/http", "/gradio_api/proxy=")
REFUSAL = {"error": "Links are not fetched; upload the file itself.", "detail": "Links are not fetched."}


class RefuseLinks:
    """Refuses requests that would make the server fetch something, by their address or by a file that is a link."""

    def __init__(self, app: ASGIApp) -> None:
        """Stand before another application."""
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 403 to such a request and pass every other on."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request = Request(scope, receive)
        refused = any(each in scope["path"].lower() for each in FETCHED)
        if request.method == "POST" and request.headers.get("content-type", "").startswith("application/json"):
            body = await request.body()
            receive = _replay(body, receive)
            refused = refused or _names_a_link(body)
        await (JSONResponse(REFUSAL, status_code=403) if refused else self.app)(scope, receive, send)


class EarlyScript:
    """Puts a script before all others of the page; Gradio's own `head` comes too late to prepare anything."""

    def __init__(self, app: ASGIApp, script: str) -> None:
        """Stand before another application."""
        self.app = app
        self.element = f"<head><script>{script}</script>".encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on; where the answer is the page, put the script into it."""
        if scope["type"] != "http" or (scope["method"], scope["path"]) != ("GET", "/"):
            await self.app(scope, receive, send)
            return
        start: Message = {}
        body = b""

        async def send_later(message: Message) -> None:
            nonlocal start, body
            if message["type"] == "http.response.start":
                start = message
                return
            body += message.get("body", b"")
            if message.get("more_body"):
                return
            body = body.replace(b"<head>", self.element, 1)
            headers = MutableHeaders(raw=list(start["headers"]))
            if "content-length" in headers:
                headers["content-length"] = str(len(body))
            await send(start | {"headers": headers.raw})
            await send({"type": "http.response.body", "body": body})

        await self.app(scope, receive, send_later)


def _names_a_link(body: bytes) -> bool:
    """Whether a file in a JSON body is a link."""
    try:
        waiting = [json.loads(body)]
    except ValueError:
        return False  # Gradio answers that it is no JSON
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            if isinstance(value.get("path"), str) and is_http_url_like(value["path"]):
                return True
            waiting.extend(value.values())
        elif isinstance(value, list):
            waiting.extend(value)
    return False


def _replay(body: bytes, receive: Receive) -> Receive:
    """Give an application the body that was read before it, and after that what comes next."""
    given = False

    async def receive_again() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return receive_again
