"""What stands between the network and Gradio."""

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

# Gradio fetches these addresses itself and passes the answer on; the app makes no request for a stranger.
FETCHED = ("/gradio_api/file=http", "/gradio_api/file/http", "/gradio_api/proxy=")


class RefuseLinks:
    """Refuses requests that would make the server fetch something from somewhere else."""

    def __init__(self, app: ASGIApp) -> None:
        """Stand before another application."""
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 403 to such a request and pass every other on."""
        if scope["type"] == "http" and any(each in scope["path"].lower() for each in FETCHED):
            refusal = PlainTextResponse("Links are not fetched.", status_code=403)
            await refusal(scope, receive, send)
            return
        await self.app(scope, receive, send)
