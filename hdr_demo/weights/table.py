"""The checkpoints known by name, and which of them is the default."""

from dataclasses import dataclass
from pathlib import Path

# A clone of the repository holds the bundled checkpoints beside the package.
BUNDLED_FOLDER = Path(__file__).resolve().parents[2] / "weights"


@dataclass(frozen=True)
class KnownCheckpoint:
    """A row of the table: either bundled, with a `file`, or on the Hub, with a `revision`.

    Attributes:
        name: What people ask for. A checkpoint on the Hub has the name of its repository.
        sha256: What the file must be.
        file: For a bundled checkpoint, its name in `weights/`.
        revision: For a checkpoint on the Hub, its commit, 40 hexadecimal digits.
    """

    name: str
    sha256: str
    file: str | None = None
    revision: str | None = None


_ROWS = (
    KnownCheckpoint(
        "expandnet-hdr-demo",
        sha256="c172d69a39173a98c0c8063f574205b44730949cc0ec4a3788d4e739a2a69248",
        file="expandnet-hdr-demo.safetensors",
    ),
    # `python -m hdr_demo publish OWNER/NAME` prints the row for what it published.
)
WEIGHTS: dict[str, KnownCheckpoint] = {row.name: row for row in _ROWS}

# Bundled, so that the program can start whatever the Hub does.
FALLBACK_WEIGHTS = "expandnet-hdr-demo"

# What is used when nobody asks for another one. A repository may stand here only once it is ours: a name on the Hub
# that nobody has registered belongs to the first stranger who does.
DEFAULT_WEIGHTS = FALLBACK_WEIGHTS

# Of the networks that merge brackets, by the names of `merge.METHODS`; all bundled.
_BRACKET_ROWS = (
    KnownCheckpoint(
        "direct",
        sha256="f17b248939110b7c20454bf9da970274c85c3b7cd02eac6f7a40800337ff53d7",
        file="bracket-direct.safetensors",
    ),
    KnownCheckpoint(
        "wie",
        sha256="75467dc79959a39ec5b4b25e286e2137f54a2ca7e45fcca329085ade2477a6b2",
        file="bracket-wie.safetensors",
    ),
    KnownCheckpoint(
        "selector",
        sha256="1851454e9598dd90db870a47e3da03a7f19972cac39239994ff9f7425973270a",
        file="bracket-selector.safetensors",
    ),
    KnownCheckpoint(
        "we",
        sha256="97934b68dd2c86cdbcee430806697fca691469ca97d473c2f36315704f0c7de3",
        file="bracket-we.safetensors",
    ),
)
BRACKET_WEIGHTS: dict[str, KnownCheckpoint] = {row.name: row for row in _BRACKET_ROWS}
