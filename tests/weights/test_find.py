"""What a spec means, and what happens to one that means nothing."""

import hashlib
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from hdr_demo.errors import WeightsError
from hdr_demo.weights import DEFAULT_WEIGHTS, WEIGHTS, KnownCheckpoint, find_checkpoint, load_model, publish, table
from hdr_demo.weights.find import ENVIRONMENT_VARIABLE

from .conftest import make_checkpoint


@pytest.fixture
def stand_in(bundled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of bundled checkpoints with one of random numbers, known to the table."""
    monkeypatch.delenv(ENVIRONMENT_VARIABLE, raising=False)
    monkeypatch.setattr(table, "BUNDLED_FOLDER", tmp_path)
    sha256 = hashlib.sha256(bundled.read_bytes()).hexdigest()
    row = KnownCheckpoint(table.FALLBACK_WEIGHTS, sha256, file="stand-in.safetensors")
    monkeypatch.setitem(WEIGHTS, row.name, row)
    return Path(shutil.copy(bundled, tmp_path / row.file))


@pytest.mark.parametrize("spec", [None, ""])
def test_without_a_wish_the_bundled_checkpoint_is_used_and_says_so(spec: str | None, stand_in: Path) -> None:
    checkpoint = find_checkpoint(spec)
    assert (checkpoint.source, checkpoint.path) == ("bundled", stand_in)
    assert checkpoint.note == "This is the checkpoint bundled with the program; no published one is set."


def test_a_wish_for_the_bundled_checkpoint_needs_no_note(stand_in: Path) -> None:
    assert find_checkpoint(table.FALLBACK_WEIGHTS).note is None


def test_the_environment_is_a_wish_and_an_argument_precedes_it(
    stand_in: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(ENVIRONMENT_VARIABLE, str(make_checkpoint(tmp_path / "wish.safetensors", 4)))
    assert find_checkpoint().name == "wish"
    assert find_checkpoint(table.FALLBACK_WEIGHTS).source == "bundled"


def test_a_damaged_bundled_checkpoint_is_refused(stand_in: Path) -> None:
    make_checkpoint(stand_in, 7)
    with pytest.raises(WeightsError, match="is not the file that belongs to this version"):
        find_checkpoint()


@pytest.mark.parametrize(
    ("spec", "complaint"),
    [
        ("nonsense", "is not a checkpoint; give a name"),
        ("a/b/c", "is not a checkpoint; give a name"),
        ("https://huggingface.co/a/b", "is not a checkpoint; give a name"),
        ("owner/na me", "is not a checkpoint; give a name"),
        ("missing.pth", "missing.pth does not exist"),
        ("owner/missing.safetensors", "missing.safetensors does not exist"),
    ],
)
def test_a_spec_that_means_nothing_is_refused_before_any_request(spec: str, complaint: str) -> None:
    with pytest.raises(WeightsError, match=complaint):
        find_checkpoint(spec)


def test_a_file_that_is_no_checkpoint_is_refused(tmp_path: Path) -> None:
    (tmp_path / "photo.jpg").write_bytes(b"\xff\xd8")
    with pytest.raises(WeightsError, match=r"photo\.jpg is not a checkpoint; it must end in"):
        find_checkpoint(str(tmp_path / "photo.jpg"))


@pytest.mark.parametrize("row", WEIGHTS.values(), ids=WEIGHTS.keys())
def test_every_row_names_exactly_one_unchangeable_file(row: KnownCheckpoint) -> None:
    assert (row.file is None) != (row.revision is None)
    assert row.revision is None or re.fullmatch(r"[\w.-]+/[\w.-]+ [0-9a-f]{40}", f"{row.name} {row.revision}")


def test_the_default_and_the_fallback_are_rows_and_the_fallback_is_bundled() -> None:
    assert DEFAULT_WEIGHTS in WEIGHTS
    assert WEIGHTS[table.FALLBACK_WEIGHTS].file is not None


@pytest.mark.parametrize("row", [row for row in WEIGHTS.values() if row.file], ids=lambda row: row.name)
def test_a_bundled_checkpoint_loads_and_its_sha256_is_the_tables(row: KnownCheckpoint) -> None:
    path = table.BUNDLED_FOLDER / row.file
    assert hashlib.sha256(path.read_bytes()).hexdigest() == row.sha256
    checkpoint = find_checkpoint(row.name, offline=True)
    assert checkpoint.source == "bundled"
    load_model(checkpoint)


def test_the_card_beside_the_bundled_checkpoint_is_made_from_it() -> None:
    card = table.BUNDLED_FOLDER / "README.md"
    assert card.read_text(encoding="utf-8") == publish.model_card(find_checkpoint(table.FALLBACK_WEIGHTS))


def test_importing_the_package_loads_neither_torch_nor_the_hubs_client() -> None:
    code = (
        "import sys, hdr_demo.weights; sys.exit(bool({'torch', 'huggingface_hub', 'safetensors'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
