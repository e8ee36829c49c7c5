"""The one door to the Hugging Face Hub: fetch weights within a time limit, verify it, upload a release.

The Hub's client retries a refused connection for 23 seconds, checks the size of what it received but not its hash, and
waits without limit on some calls. Here every call has a deadline, every file is compared with a hash before it is
used, and a wrong file leaves the cache. Whatever goes wrong is a `WeightsError` of one sentence.
"""

import hashlib
import logging
import os
import re
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import TypeVar
from urllib.parse import urlsplit

from hdr_demo import __version__
from hdr_demo.errors import WeightsError

Answer = TypeVar("Answer")

# How long fetching may take: where the app keeps people waiting, and where someone wants this file and no other.
FETCH_SECONDS = 5.0
PATIENT_SECONDS = 60.0

# The share of that time within which the Hub must begin to answer.
ANSWER_SHARE = 0.6

UPLOAD_SECONDS = 600.0

REPOSITORY = re.compile(r"[\w.-]+/[\w.-]+", re.ASCII)
# The name of the weights in a repository, by the Hub's convention.
WEIGHTS_FILE = "model.safetensors"

COMMIT = re.compile(r"[0-9a-f]{40}")
SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class HubFile:
    """The weights of a repository on the Hub.

    Attributes:
        repo: Repository, `owner/name`.
        revision: Commit, branch or tag.
        sha256: What the file must be; None takes the hash that the Hub states.
        send_token: Whether the user's stored token goes along. A private repository needs it, a public one does not.
    """

    repo: str
    revision: str
    sha256: str | None = None
    send_token: bool = False

    @property
    def pinned(self) -> bool:
        """Whether the revision is a full commit hash, which always means the same bytes."""
        return COMMIT.fullmatch(self.revision) is not None


@dataclass(frozen=True)
class HubCopy:
    """A verified file in the Hub cache, and the commit that it belongs to."""

    path: Path
    commit: str


def is_offline() -> bool:
    """Tell whether the user forbade requests with `HF_HUB_OFFLINE`."""
    return _client().is_offline_mode()


def find_cached(file: HubFile) -> HubCopy | None:
    """Look for a file in the Hub cache without any request; a damaged copy is deleted, and counts as absent."""
    try:
        found = _client().try_to_load_from_cache(file.repo, WEIGHTS_FILE, revision=file.revision)
        if not isinstance(found, str):
            return None
        path = Path(found)
        # The cache links to a blob named after its hash; where there are no links, the copy was verified on arrival.
        expected = file.sha256 or (path.readlink().name if path.is_symlink() else None)
        if expected is not None and not _has_hash(path, expected):
            _discard(path)
            return None
    except (OSError, ValueError):
        # An unreadable cache, or a name that cannot exist on the Hub: `fetch` says so.
        return None
    return HubCopy(path, path.parent.name)


def fetch(file: HubFile, *, seconds: float = FETCH_SECONDS) -> HubCopy:
    """Bring a file from the Hub into its cache and verify it.

    Args:
        file: What to fetch.
        seconds: How long this may take. After that a slow transfer goes on in the background, for the next launch.

    Raises:
        WeightsError: If the Hub cannot be reached, refuses, is too slow, or sends something else.
    """
    client = _client()
    who = {"token": None if file.send_token else False, "library_name": "hdr_demo", "library_version": __version__}
    answer_seconds = ANSWER_SHARE * seconds

    def transfer() -> HubCopy:
        # Asked first and without retries, so that a Hub that is not there is noticed at once.
        url = client.hf_hub_url(file.repo, WEIGHTS_FILE, revision=file.revision)
        stated = client.get_hf_file_metadata(url, timeout=answer_seconds, **who)
        if stated.commit_hash is None or stated.etag is None:
            raise WeightsError(f"{file.repo} could not be fetched: {_host()} does not answer like a Hub.")
        expected = file.sha256 or stated.etag
        if SHA256.fullmatch(stated.etag) and stated.etag != expected:
            raise WeightsError(f"{file.repo} could not be used: {_host()} has another {WEIGHTS_FILE} than expected.")
        cached = find_cached(file)
        if cached is not None and cached.commit == stated.commit_hash:
            return cached
        path = Path(
            client.hf_hub_download(file.repo, WEIGHTS_FILE, revision=file.revision, etag_timeout=answer_seconds, **who)
        )
        if not _has_hash(path, expected):
            _discard(path)
            raise WeightsError(
                f"{file.repo} could not be used: {_host()} sent other bytes than the hash of {WEIGHTS_FILE} says, "
                "and they were deleted."
            )
        return HubCopy(path, path.parent.name)

    return _within(seconds, transfer, f"{file.repo} could not be fetched")


def upload(repo: str, files: dict[str, bytes], *, message: str, private: bool = False) -> str:
    """Put files into a model repository, which is created if need be, as one commit.

    Args:
        repo: Repository, `owner/name`.
        files: Name in the repository → content.
        message: First line of the commit.
        private: Whether a repository that is created here is private.

    Returns:
        The commit, 40 hexadecimal digits.

    Raises:
        WeightsError: If there is no token, no permission or no connection.
    """
    client = _client()
    if client.get_token() is None:
        raise WeightsError(f"{repo} could not be published: no token was found; run `hf auth login` or set HF_TOKEN.")

    def transfer() -> str:
        api = client.HfApi(library_name="hdr_demo", library_version=__version__)
        api.create_repo(repo, private=private, exist_ok=True)
        additions = [client.CommitOperationAdd(path_in_repo=name, path_or_fileobj=data) for name, data in files.items()]
        return api.create_commit(repo, additions, commit_message=message).oid

    return _within(UPLOAD_SECONDS, transfer, f"{repo} could not be published")


def page(repo: str) -> str:
    """Give the address where people find a repository."""
    return f"{_client().constants.ENDPOINT}/{repo}"


def _client() -> ModuleType:
    """Import the Hub's client at its first use, quiet and without telemetry."""
    import huggingface_hub
    import huggingface_hub.constants
    from huggingface_hub.utils import disable_progress_bars

    if "HF_HUB_DISABLE_TELEMETRY" not in os.environ:
        # Not by the environment, which the client read when it was imported, perhaps by another library.
        huggingface_hub.constants.HF_HUB_DISABLE_TELEMETRY = True
    if "HF_HUB_VERBOSITY" not in os.environ:
        # Its warnings about retries would stand beside the one line that the user gets.
        logging.getLogger("huggingface_hub").setLevel(logging.ERROR)
        disable_progress_bars("huggingface_hub.http_get")
    return huggingface_hub


def _host() -> str:
    return urlsplit(_client().constants.ENDPOINT).netloc


def _within(seconds: float, work: Callable[[], Answer], failure: str) -> Answer:
    """Do `work` in a thread that nobody waits for longer than `seconds`.

    Raises:
        WeightsError: If it failed or took too long; `failure` is the first half of the sentence.
    """
    outcome: Future[Answer] = Future()

    def do() -> None:
        try:
            outcome.set_result(work())
        except Exception as error:  # noqa: BLE001 (raised again below, in the caller's thread)
            outcome.set_exception(error)

    # A daemon: it must not keep the program from ending.
    threading.Thread(target=do, name="hub", daemon=True).start()
    try:
        return outcome.result(seconds)
    except WeightsError:
        raise
    except Exception as error:
        cause = _cause(error) if outcome.done() else f"{_host()} took longer than {seconds:g} s"
        raise WeightsError(f"{failure}: {cause}.") from error


def _cause(error: Exception) -> str:
    """Say in half a sentence why a call of the Hub's client failed."""
    from huggingface_hub import errors

    host, status = _host(), getattr(getattr(error, "response", None), "status_code", None)
    if isinstance(error, errors.LocalEntryNotFoundError) and isinstance(error.__cause__, Exception):
        return _cause(error.__cause__)
    if isinstance(error, errors.OfflineModeIsEnabled):
        return "HF_HUB_OFFLINE is set"
    if isinstance(error, errors.GatedRepoError):
        return f"its owner asks for consent; accept the conditions on {host} and run `hf auth login`"
    if isinstance(error, errors.RevisionNotFoundError):
        return f"{host} has no such revision"
    if isinstance(error, errors.EntryNotFoundError):
        return f"the repository on {host} has no {WEIGHTS_FILE}"
    if isinstance(error, errors.RepositoryNotFoundError) or status == 401:
        return f"{host} has no such repository, or it is private and the token (`hf auth login`) does not open it"
    if status == 403:
        return f"{host} refuses; the token (`hf auth login`) does not allow this"
    if status is not None:
        return f"{host} answered with error {status}"
    if isinstance(error, errors.FileMetadataError):
        return f"{host} does not answer like a Hub"
    # Exceptions of the client's HTTP library, which is httpx or httpx2 depending on its version.
    kind = type(error).__name__
    if "Timeout" in kind:
        return f"{host} did not answer in time"
    if kind in ("ConnectError", "ProxyError", "UnsupportedProtocol"):
        return f"{host} could not be reached"
    if kind in ("ReadError", "WriteError", "RemoteProtocolError", "LocalProtocolError"):
        return f"{host} dropped the connection"
    if isinstance(error, OSError) and error.strerror:
        return f"{error.strerror} ({error.filename})" if error.filename else error.strerror
    first_line = (str(error).strip().splitlines() or [kind])[0]
    return first_line.rstrip(".")


def _has_hash(path: Path, expected: str) -> bool:
    """Compare a file with the hash that the Hub knows it by: sha256 (LFS), or git's hash of a blob (small files)."""
    content = path.read_bytes()
    if SHA256.fullmatch(expected):
        return hashlib.sha256(content).hexdigest() == expected
    blob = b"blob %d\0" % len(content) + content
    return hashlib.sha1(blob, usedforsecurity=False).hexdigest() == expected


def _discard(path: Path) -> None:
    """Delete a file of the cache, and each file that it links to."""
    while True:
        target = path.parent / path.readlink() if path.is_symlink() else None
        path.unlink(missing_ok=True)
        if target is None:
            return
        path = target
