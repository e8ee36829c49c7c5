"""Publish a checkpoint: what a repository on the Hub holds, made from the checkpoint's own metadata."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from hdr_demo import __version__
from hdr_demo.errors import OutputError, WeightsError
from hdr_demo.reading import Reading
from hdr_demo.weights import hub
from hdr_demo.weights.files import Checkpoint, read_metadata

# Of checkpoints trained here, unless their metadata says otherwise.
LICENSE = "mit"

_CARD = """\
---
license: {license}
library_name: pytorch
pipeline_tag: image-to-image
tags:
- hdr
- inverse-tone-mapping
- expandnet
---

# {title}

ExpandNet ([Marnerides et al. 2018](https://arxiv.org/abs/1803.02266)) turns one ordinary photograph into a high dynamic
range image. 456,899 numbers in 30 tensors, for the program `hdr_demo`.

## Use

```sh
python app.py --weights {spec}
python expand.py --use_weights {spec} photo.jpg
```

```python
from hdr_demo.weights import find_checkpoint, load_model

model = load_model(find_checkpoint("{spec}", strict=True))
```

## Input and output

The network takes display-encoded sRGB, float32, (N, 3, H, W), [0, 1], and answers with numbers s in (0, 1).
{meaning}

## How it was made

{facts}

sha256 of the weights: `{sha256}`

## What it cannot do

- It does not measure. What it says of a clipped area is a guess from the surroundings, by a network whose detail sees
  17 pixels and whose memory of a whole photo is 64 numbers. Errors of a stop are ordinary, of three possible.
- It invents no texture: a blown-out face, cloud or sign gets light, not features. Nothing is added in the shadows.
- It is shy of the very bright: nothing exceeds 2^{ceiling:g} times white, and suns and bare lamps mostly come out far
  dimmer than they are. Do not light a scene with it without looking.
- It learned from panoramas at a low resolution, more landscapes, halls and streets than people.
- It knows one photo at a time; the frames of a clip may flicker.
"""

_MEANINGS = {
    ("absolute", "log2"): "Linear BT.709 light is 2^({stops_range:g}·s {stops_floor:+g}); 1.0 is the photo's white.",
    ("relative", "log2"): "Linear BT.709 light is 2^({stops_range:g}·s {stops_floor:+g}), up to a scale and a slope.",
    ("absolute", "linear"): "s is linear BT.709 light; 1.0 is the photo's white.",
    ("relative", "linear"): "s is linear BT.709 light, up to a scale and a slope.",
}


@dataclass(frozen=True)
class Publication:
    """What became of an upload.

    Attributes:
        repo: Repository, `owner/name`.
        commit: 40 hexadecimal digits.
        sha256: Of the weights.
        page: Where people find it.
    """

    repo: str
    commit: str
    sha256: str
    page: str


def publish(checkpoint: Checkpoint, repo: str, *, private: bool = False, message: str | None = None) -> Publication:
    """Upload a checkpoint with its configuration and model card to the Hub.

    Args:
        checkpoint: One trained here (`.safetensors`).
        repo: Repository, `owner/name`; created if need be.
        private: Whether a repository that is created here is private.
        message: First line of the commit.

    Raises:
        WeightsError: If the checkpoint is not ours to publish, or the upload fails.
    """
    if hub.REPOSITORY.fullmatch(repo) is None:
        raise WeightsError(f"{repo} is not the name of a repository; write OWNER/NAME.")
    files = release_files(checkpoint, repo)
    commit = hub.upload(repo, files, message=message or f"Publish {checkpoint.name}", private=private)
    return Publication(repo, commit, checkpoint.sha256, hub.page(repo))


def write_release(checkpoint: Checkpoint, repo: str, folder: str | Path) -> list[Path]:
    """Write what `publish` would upload into a folder.

    Raises:
        WeightsError: If the checkpoint is not ours to publish.
        OutputError: If the folder cannot be written.
    """
    files = release_files(checkpoint, repo)
    folder = Path(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            (folder / name).write_bytes(content)
    except OSError as error:
        raise OutputError(f"{folder} cannot be written: {error.strerror or error}.") from error
    return [folder / name for name in files]


def release_files(checkpoint: Checkpoint, repo: str) -> dict[str, bytes]:
    """Make the files of a repository: weights, configuration, model card.

    Raises:
        WeightsError: If the checkpoint is a `.pth`, which others have published.
    """
    if checkpoint.path.suffix.lower() != ".safetensors":
        raise WeightsError(f"{checkpoint.path} was published by others; only a .safetensors trained here can be.")
    config = {
        "architectures": ["ExpandNet"],
        "model_type": "expandnet",
        "reading": asdict(checkpoint.reading),
        "sha256": checkpoint.sha256,
        "hdr_demo_version": __version__,
    }
    return {
        hub.WEIGHTS_FILE: checkpoint.path.read_bytes(),
        "config.json": (json.dumps(config, indent=2) + "\n").encode(),
        "README.md": model_card(checkpoint, repo).encode(),
    }


def model_card(checkpoint: Checkpoint, repo: str | None = None) -> str:
    """Write the model card of a checkpoint; every number in it comes from the checkpoint's metadata.

    Args:
        checkpoint: One trained here (`.safetensors`).
        repo: Where it is published; None for a card that lies beside the file.
    """
    metadata = read_metadata(checkpoint.path)
    facts = {name: text for name, text in metadata.items() if name not in asdict(checkpoint.reading)}
    return _CARD.format(
        license=facts.pop("license", LICENSE),
        title=repo.split("/")[-1] if repo else checkpoint.name,
        spec=repo or (checkpoint.name if checkpoint.source == "bundled" else checkpoint.path.name),
        meaning=_explain(checkpoint.reading),
        ceiling=checkpoint.reading.ceiling_stops,
        facts=facts_table(facts),
        sha256=checkpoint.sha256,
    )


def _explain(reading: Reading) -> str:
    meaning = _MEANINGS[reading.kind, reading.encoding].format(**asdict(reading))
    if reading.above_white != 1:
        meaning += f" Its stops above 0 are multiplied by {reading.above_white:g}, fitted on held-out scenes."
    if reading.pyramid:
        meaning += " The photo is asked at its own size and at its halvings, which answer inside large clipped areas."
    return meaning


def facts_table(facts: Mapping[str, str]) -> str:
    """Write what a checkpoint says of itself as a table in Markdown."""
    if not facts:
        return "The checkpoint's metadata does not say."
    cells = [(name.replace("_", " "), " ".join(text.split()).replace("|", "\\|")) for name, text in facts.items()]
    return "\n".join(("| | |", "|---|---|", *(f"| {name} | {text} |" for name, text in cells)))
