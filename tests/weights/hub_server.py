"""A local server that speaks the Hugging Face Hub's protocol, and misbehaves when told to.

The Hub proper listens on `http://127.0.0.1:PORT`; large files (`.safetensors`) are answered with a redirect to
`http://localhost:PORT`, which is another origin, as the Hub's content network is. Written after huggingface_hub 2.4.
"""

import base64
import hashlib
import json
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

# How the server answers requests for a file:
MODES = (
    "ok",
    "hang",  # accepts the connection and never answers
    "hang_download",  # states the file's size and hash, never sends it
    "trickle",  # sends a few bytes a second
    "401",  # private or missing, as the Hub answers strangers
    "403",
    "404",
    "no_file",
    "gated",
    "500",
    "drop",  # closes the connection in the middle of the file
    "wrong_bytes",  # the right length, the right stated hash, one byte flipped
    "no_hub",  # a page that is no Hub, such as a hotel's login page
)

_ERRORS = {
    "401": (401, "RepoNotFound"),
    "403": (403, None),
    "404": (404, "RepoNotFound"),
    "no_file": (404, "EntryNotFound"),
    "gated": (403, "GatedRepo"),
    "500": (500, None),
}


@dataclass
class Repository:
    """Commits in order; each is a full set of files."""

    commits: list[str] = field(default_factory=list)
    files: dict[str, dict[str, bytes]] = field(default_factory=dict)
    private: bool = False

    def commit(self, changes: dict[str, bytes]) -> str:
        """Add a commit on top of `main` and return its hash."""
        files = {**(self.files[self.commits[-1]] if self.commits else {}), **changes}
        digest = hashlib.sha1(repr((self.commits, sorted(files.items()))).encode()).hexdigest()
        self.commits.append(digest)
        self.files[digest] = files
        return digest


@dataclass
class Request:
    """What a client asked for."""

    method: str
    path: str
    host: str
    token: str | None
    agent: str


class HubServer:
    """The server, its repositories, and what it was asked."""

    def __init__(self) -> None:
        self.mode = "ok"
        self.write_token: str | None = "hf_writer"
        self.repositories: dict[str, Repository] = {}
        self.uploads: dict[str, bytes] = {}
        self.requests: list[Request] = []
        self.released = threading.Event()
        self.port = 0
        self._server: ThreadingHTTPServer | None = None
        self.start()

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Listen; after a `stop`, on the same port as before."""
        handler = type("Handler", (_Handler,), {"hub": self})
        self._server = _QuietServer(("127.0.0.1", self.port), handler)
        self.port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self) -> None:
        """Close the port: whoever connects is refused."""
        self.released.set()
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def recover(self) -> None:
        """Be in good health from now on, and let go of the clients that were left hanging."""
        self.mode = "ok"
        self.released.set()
        if self._server is None:
            self.start()
        self.released = threading.Event()

    def add(self, repo: str, **files: bytes) -> str:
        """Create or extend a repository with a commit; `model_safetensors=…` is the file `model.safetensors`."""
        changes = {name.replace("_", "."): content for name, content in files.items()}
        return self.repositories.setdefault(repo, Repository()).commit(changes)


class _QuietServer(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of clients that hung up."""


class _Handler(BaseHTTPRequestHandler):
    hub: HubServer
    protocol_version = "HTTP/1.1"

    def log_message(self, *args: object) -> None:
        pass

    def handle_one_request(self) -> None:
        super().handle_one_request()
        if self.hub.released.is_set():
            self.close_connection = True

    def do_HEAD(self) -> None:
        self._route()

    def do_GET(self) -> None:
        self._route()

    def do_POST(self) -> None:
        self._route()

    def do_PUT(self) -> None:
        self._route()

    def _route(self) -> None:
        token = self.headers.get("Authorization", "").removeprefix("Bearer ") or None
        self.hub.requests.append(
            Request(self.command, self.path, self.headers["Host"], token, self.headers.get("User-Agent", ""))
        )
        self.body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        routes: tuple[tuple[str, str, Callable[..., None]], ...] = (
            ("HEAD|GET", r"/([^/]+/[^/]+)/resolve/([^/]+)/(.+)", self._resolve),
            ("GET", r"/cdn/([0-9a-f]{64})", self._send_large),
            ("GET", r"/api/models/([^/]+/[^/]+)(?:/revision/([^/]+))?", self._describe),
            ("POST", r"/api/repos/create", self._create),
            ("POST", r"/api/validate-yaml", self._validate_card),
            ("POST", r"/api/models/([^/]+/[^/]+)/preupload/main", self._preupload),
            ("POST", r"/([^/]+/[^/]+)\.git/info/lfs/objects/batch", self._start_upload),
            ("PUT", r"/upload/([0-9a-f]{64})", self._receive),
            ("POST", r"/api/models/([^/]+/[^/]+)/commit/main", self._commit),
        )
        for methods, pattern, answer in routes:
            match = re.fullmatch(pattern, self.path.split("?")[0])
            if match and self.command in methods.split("|"):
                return answer(*match.groups())
        return self._fail(404, None)

    # Reading

    def _resolve(self, repo: str, revision: str, name: str) -> None:
        mode = self.hub.mode
        if mode == "hang":
            self.hub.released.wait(60)
            self.close_connection = True
            return
        if mode == "no_hub":
            return self._answer(200, b"<html>Please log in</html>", {"Content-Type": "text/html"})
        if mode in _ERRORS:
            return self._fail(*_ERRORS[mode])
        found = self.hub.repositories.get(repo)
        if found is None:
            return self._fail(401, "RepoNotFound")
        if found.private and self.headers.get("Authorization") is None:
            return self._fail(401, "RepoNotFound")
        commit = found.commits[-1] if revision == "main" else revision
        if commit not in found.files:
            return self._fail(404, "RevisionNotFound")
        content = found.files[commit].get(name)
        if content is None:
            return self._fail(404, "EntryNotFound", {"X-Repo-Commit": commit})
        headers = {"X-Repo-Commit": commit}
        if not name.endswith(".safetensors"):
            blob = b"blob %d\0" % len(content) + content
            return self._answer(200, content, {**headers, "ETag": f'"{hashlib.sha1(blob).hexdigest()}"'})
        digest = hashlib.sha256(content).hexdigest()
        self.hub.uploads[digest] = content
        headers |= {"X-Linked-Etag": f'"{digest}"', "X-Linked-Size": str(len(content))}
        return self._answer(302, b"", {**headers, "Location": f"http://localhost:{self.hub.port}/cdn/{digest}"})

    def _send_large(self, digest: str) -> None:
        content, status = self.hub.uploads[digest], 200
        mode = self.hub.mode
        if mode == "hang_download":
            self.hub.released.wait(60)
            self.close_connection = True
            return
        if mode == "wrong_bytes":
            content = content[:-1] + bytes([content[-1] ^ 1])
        headers = {"ETag": f'"{digest}"'}
        wanted = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        if wanted:
            start = int(wanted[1])
            headers["Content-Range"] = f"bytes {start}-{len(content) - 1}/{len(content)}"
            content, status = content[start:], 206
        if mode in ("drop", "trickle"):
            self._head(status, len(content), headers)
            if mode == "drop":
                self.wfile.write(content[: len(content) // 2])
            while mode == "trickle" and not self.hub.released.wait(0.2) and self.hub.mode == mode:
                self.wfile.write(content[:1])
                self.wfile.flush()
                content = content[1:]
            self.close_connection = True
            return
        self._answer(status, content, headers)

    def _describe(self, repo: str, revision: str | None) -> None:
        found = self.hub.repositories.get(repo)
        if found is None or not found.commits:
            return self._fail(401, "RepoNotFound")
        return self._json({"id": repo, "sha": revision if revision in found.files else found.commits[-1]})

    # Writing

    def _may_write(self) -> bool:
        if self.headers.get("Authorization") == f"Bearer {self.hub.write_token}":
            return True
        self._fail(403, None, {"X-Error-Message": "You don't have the rights to create a model under this namespace"})
        return False

    def _create(self) -> None:
        if not self._may_write():
            return None
        wanted = json.loads(self.body)
        repo = f"{wanted['organization']}/{wanted['name']}"
        if repo in self.hub.repositories:
            return self._json({"url": f"{self.hub.endpoint}/{repo}", "error": "You already created this repo"}, 409)
        self.hub.repositories[repo] = Repository(private=wanted.get("visibility") == "private")
        return self._json({"url": f"{self.hub.endpoint}/{repo}"})

    def _validate_card(self) -> None:
        front = json.loads(self.body)["content"].split("---\n")
        if len(front) < 3 or "license:" not in front[1]:
            return self._json({"errors": [{"message": "no metadata"}]}, 400)
        return self._json({"errors": [], "warnings": []})

    def _preupload(self, repo: str) -> None:
        files = json.loads(self.body)["files"]
        modes = ["lfs" if file["path"].endswith(".safetensors") else "regular" for file in files]
        self._json(
            {
                "files": [
                    {"path": file["path"], "uploadMode": mode, "shouldIgnore": False, "oid": None}
                    for file, mode in zip(files, modes, strict=True)
                ]
            }
        )

    def _start_upload(self, repo: str) -> None:
        href = f"http://localhost:{self.hub.port}/upload/"
        self._json(
            {
                "transfer": "basic",
                "objects": [
                    {**wanted, "actions": {"upload": {"href": href + wanted["oid"], "header": {}}}}
                    for wanted in json.loads(self.body)["objects"]
                ],
            }
        )

    def _receive(self, digest: str) -> None:
        if hashlib.sha256(self.body).hexdigest() != digest:
            return self._fail(400, None)
        self.hub.uploads[digest] = self.body
        return self._answer(200, b"", {})

    def _commit(self, repo: str) -> None:
        if not self._may_write():
            return
        changes = {}
        for line in map(json.loads, self.body.splitlines()):
            value = line["value"]
            if line["key"] == "file":
                changes[value["path"]] = base64.b64decode(value["content"])
            elif line["key"] == "lfsFile":
                changes[value["path"]] = self.hub.uploads[value["oid"]]
        commit = self.hub.repositories[repo].commit(changes)
        self._json({"success": True, "commitOid": commit, "commitUrl": f"{self.hub.endpoint}/{repo}/commit/{commit}"})

    # Answering

    def _head(self, status: int, length: int, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(length))
        self.end_headers()

    def _answer(self, status: int, content: bytes, headers: dict[str, str]) -> None:
        self._head(status, len(content), headers)
        if self.command != "HEAD":
            self.wfile.write(content)

    def _json(self, content: object, status: int = 200) -> None:
        self._answer(status, json.dumps(content).encode(), {"Content-Type": "application/json"})

    def _fail(self, status: int, code: str | None, headers: dict[str, str] | None = None) -> None:
        headers = dict(headers or {})
        if code is not None:
            headers["X-Error-Code"] = code
        self._answer(status, b'{"error": "as asked"}', {**headers, "Content-Type": "application/json"})
