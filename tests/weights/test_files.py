"""Checkpoint files: written and read, refused when they are something else."""

import os
import pickle
from pathlib import Path

import pytest
import torch
from safetensors import safe_open

from hdr_demo.errors import OutputError, WeightsError
from hdr_demo.model import ExpandNet
from hdr_demo.reading import OUR_READING, PUBLISHED_READING, Reading
from hdr_demo.weights import find_checkpoint, load_model, read_metadata, save_checkpoint

from .conftest import make_checkpoint

METADATA = OUR_READING.to_metadata()


def test_a_saved_checkpoint_loads_with_the_same_numbers_and_reading(tmp_path: Path) -> None:
    model, reading = ExpandNet(), Reading("relative", "log2", 12.0, -6.0)
    save_checkpoint(tmp_path / "runs/a.safetensors", model.state_dict(), reading.to_metadata())
    checkpoint = find_checkpoint(str(tmp_path / "runs/a.safetensors"))
    assert (checkpoint.name, checkpoint.source, checkpoint.reading) == ("a", "file", reading)
    loaded = load_model(checkpoint)
    assert not loaded.training
    expected = model.state_dict()
    assert all(torch.equal(tensor, expected[name]) for name, tensor in loaded.state_dict().items())


def test_the_safetensors_library_reads_a_saved_checkpoint(tmp_path: Path) -> None:
    model = ExpandNet()
    path = save_checkpoint(tmp_path / "a.safetensors", model.state_dict(), {**METADATA, "author": "Zoë"})
    with safe_open(path, "pt") as file:
        assert file.metadata() == {**METADATA, "author": "Zoë"}
        assert all(torch.equal(file.get_tensor(name), tensor) for name, tensor in model.state_dict().items())


def test_the_same_checkpoint_has_the_same_bytes_and_metadata_keep_their_order(tmp_path: Path) -> None:
    facts = {f"fact {number}": str(number) for number in range(20)}
    first = make_checkpoint(tmp_path / "a.safetensors", 5, **facts)
    second = make_checkpoint(tmp_path / "b.safetensors", 5, **facts)
    assert first.read_bytes() == second.read_bytes()
    assert list(read_metadata(first)) == [*METADATA, *facts]


def test_a_failed_save_leaves_the_old_checkpoint_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = make_checkpoint(tmp_path / "a.safetensors", 1)
    before = path.read_bytes()

    def fill_the_disk(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", fill_the_disk)
    with pytest.raises(OutputError, match=r"a\.safetensors cannot be written: No space left on device"):
        make_checkpoint(path, 2)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_a_checkpoint_is_not_saved_without_its_reading(tmp_path: Path) -> None:
    with pytest.raises(KeyError):
        save_checkpoint(tmp_path / "a.safetensors", ExpandNet().state_dict(), {"steps": "1"})


def _without_first(state: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    return dict(list(state.items())[1:])


@pytest.mark.parametrize(
    ("spoil", "complaint"),
    [
        (_without_first, r"it lacks local_net\.0\.0\.weight\."),
        (lambda state: dict(list(state.items())[2:]), r"it lacks local_net\.0\.0\.weight and 1 more\."),
        (lambda state: {**state, "extra": torch.zeros(1)}, r"it has besides extra\."),
        (lambda state: {**state, "end_net.1.bias": torch.zeros(4)}, r"of wrong shape is end_net\.1\.bias\."),
    ],
)
@pytest.mark.parametrize("suffix", [".safetensors", ".pth"])
def test_other_tensors_are_refused_by_name(spoil: object, complaint: str, suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"other{suffix}"
    state = spoil(ExpandNet().state_dict())
    if suffix == ".pth":
        torch.save(state, path)
    else:
        save_checkpoint(path, state, METADATA)
    with pytest.raises(WeightsError, match=rf"other{suffix} is not a checkpoint of ExpandNet: {complaint}"):
        find_checkpoint(str(path))


def test_a_checkpoint_spoiled_after_it_was_found_is_refused(tmp_path: Path) -> None:
    checkpoint = find_checkpoint(str(make_checkpoint(tmp_path / "a.safetensors", 1)))
    checkpoint.path.write_bytes(b"spoiled")
    with pytest.raises(WeightsError, match="cannot be read"):
        load_model(checkpoint)


class _Attack:
    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, (str(self.trace),)


@pytest.mark.parametrize("container", ["zip", "pickle"])
def test_a_pth_that_would_run_a_program_is_not_opened(container: str, tmp_path: Path) -> None:
    path, trace = tmp_path / "evil.pth", tmp_path / "trace"
    if container == "zip":
        torch.save({"weight": _Attack(trace)}, path)
    else:
        path.write_bytes(pickle.dumps(_Attack(trace), protocol=2))
    with pytest.raises(
        WeightsError, match=r"evil\.pth is damaged or holds more than tensors; it was not opened"
    ) as caught:
        find_checkpoint(str(path))
    assert "\n" not in str(caught.value)
    assert not trace.exists()


@pytest.mark.parametrize("suffix", [".safetensors", ".pth"])
@pytest.mark.parametrize("content", [b"", b"version https://git-lfs.github.com/spec/v1\n", b"\0" * 100, "half"])
def test_a_damaged_file_is_refused_in_a_sentence(content: bytes | str, suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"damaged{suffix}"
    if content == "half":
        torch.save(ExpandNet().state_dict(), path) if suffix == ".pth" else make_checkpoint(path, 1)
        content = path.read_bytes()[: path.stat().st_size // 2]
    path.write_bytes(content)
    with pytest.raises(WeightsError, match=rf"damaged{suffix} (cannot be read|is damaged)") as caught:
        find_checkpoint(str(path))
    assert "\n" not in str(caught.value)


def test_a_pth_of_something_else_is_refused(tmp_path: Path) -> None:
    torch.save([torch.zeros(1)], tmp_path / "list.pth")
    with pytest.raises(WeightsError, match="it is no table of tensors"):
        find_checkpoint(str(tmp_path / "list.pth"))


def test_safetensors_without_a_reading_are_refused(tmp_path: Path) -> None:
    from safetensors.torch import save_file

    save_file(ExpandNet().state_dict(), tmp_path / "mute.safetensors")
    with pytest.raises(WeightsError, match="does not say how its output is to be read"):
        find_checkpoint(str(tmp_path / "mute.safetensors"))


def test_the_published_checkpoint_loads_strictly(published_pth: Path) -> None:
    checkpoint = find_checkpoint(str(published_pth))
    assert checkpoint.sha256 == "145d1ad92a043dbfccb2c6078360d6b86d7829d2ec31a189c2c6ff61a6da37b7"
    assert (checkpoint.source, checkpoint.reading) == ("file", PUBLISHED_READING)
    assert sum(tensor.numel() for tensor in load_model(checkpoint).state_dict().values()) == 456_899
