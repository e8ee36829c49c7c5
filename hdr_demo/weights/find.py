"""Find a checkpoint by what somebody calls it; when the Hub fails, the bundled one stands in."""

import os
from dataclasses import replace
from pathlib import Path

from hdr_demo.errors import WeightsError
from hdr_demo.weights import hub, table
from hdr_demo.weights.files import SUFFIXES, Checkpoint, open_checkpoint
from hdr_demo.weights.table import KnownCheckpoint

ENVIRONMENT_VARIABLE = "HDR_DEMO_WEIGHTS"


def find_checkpoint(spec: str | None = None, *, offline: bool = False, strict: bool = False) -> Checkpoint:
    """Find the checkpoint that was asked for, or, when the Hub does not give it, the bundled one and a note.

    Args:
        spec: A name of `WEIGHTS`, `owner/name[@revision]`, or a path; None or "" looks at `HDR_DEMO_WEIGHTS` and then
            takes the default.
        offline: Make no request; the Hub's cache still counts.
        strict: When a checkpoint was asked for, take no other in its place, and have patience with the Hub.

    Returns:
        A checkpoint with the right tensors. Takes at most `hub.FETCH_SECONDS` and a moment unless `strict`.

    Raises:
        WeightsError: If the asked-for file is missing, damaged or no checkpoint of this network, if the spec means
            nothing, if the bundled checkpoint is damaged, or, with `strict`, if the Hub does not give it.
    """
    asked = (spec or os.environ.get(ENVIRONMENT_VARIABLE, "")).strip()
    wanted = _understand(asked or table.DEFAULT_WEIGHTS)
    if isinstance(wanted, Path):
        return open_checkpoint(wanted)
    if isinstance(wanted, KnownCheckpoint):
        note = None if asked else "This is the checkpoint bundled with the program; no published one is set."
        return _open_bundled(wanted, note)
    strict = strict and bool(asked)
    try:
        return _open_from_hub(wanted, offline=offline, seconds=hub.PATIENT_SECONDS if strict else hub.FETCH_SECONDS)
    except WeightsError as error:
        if strict:
            raise
        return _open_bundled(table.WEIGHTS[table.FALLBACK_WEIGHTS], f"{error} The bundled checkpoint is used instead.")


def _understand(spec: str) -> KnownCheckpoint | hub.HubFile | Path:
    """Decide what a spec means: a bundled checkpoint, a file on the Hub, or a file here."""
    known = table.WEIGHTS.get(spec)
    if known is not None and known.file is not None:
        return known
    if known is not None:
        return hub.HubFile(known.name, known.revision, known.sha256)
    path = Path(spec).expanduser()
    if path.suffix.lower() in SUFFIXES or path.is_file():
        return path
    repo, _, revision = spec.partition("@")
    if hub.REPOSITORY.fullmatch(repo):
        return hub.HubFile(repo, revision or "main", send_token=True)
    raise WeightsError(
        f"{spec} is not a checkpoint; give a name ({', '.join(table.WEIGHTS)}), a repository on the Hub "
        "(owner/name or owner/name@revision), or the path of a .safetensors or .pth file."
    )


def _open_bundled(row: KnownCheckpoint, note: str | None) -> Checkpoint:
    path = table.BUNDLED_FOLDER / row.file
    checkpoint = open_checkpoint(path)
    if checkpoint.sha256 != row.sha256:
        raise WeightsError(
            f"{path} is not the file that belongs to this version (its sha256 is {checkpoint.sha256}); "
            "get it again from the repository."
        )
    return replace(checkpoint, name=row.name, source="bundled", note=note)


def _open_from_hub(file: hub.HubFile, *, offline: bool, seconds: float) -> Checkpoint:
    offline = offline or hub.is_offline()
    copy = hub.find_cached(file) if offline or file.pinned else None
    note = None
    if copy is None and offline:
        raise WeightsError(f"{file.repo} could not be fetched: requests are turned off and it is not in the Hub cache.")
    if copy is None:
        try:
            copy = hub.fetch(file, seconds=seconds)
        except WeightsError as error:
            copy = hub.find_cached(file)
            if copy is None:
                raise
            note = f"{error} The copy fetched earlier, commit {copy.commit}, is used."
    if note is None and not file.pinned:
        note = f"{file.repo} is at commit {copy.commit}; write {file.repo}@{copy.commit} to stay with it."
    checkpoint = open_checkpoint(copy.path, called=f"{hub.WEIGHTS_FILE} of {file.repo}")
    return replace(checkpoint, name=file.repo, source="hub", note=note, revision=copy.commit)
