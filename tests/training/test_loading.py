"""Other processes give the same batches as this one, and their complaints arrive once."""

from pathlib import Path

import pytest
import torch

from hdr_demo.errors import DataError
from hdr_demo.scenes import folder
from hdr_demo.training.data import Sample, Views
from hdr_demo.training.loading import load_batches

# torch's bilinear resizing rounds otherwise with one thread, as in a worker, than with several.
RESIZE_ROUNDING = 1e-6


def album(skies: Path, samples: int = 6) -> Views:
    return Views(skies, samples=samples, crops=1, crop_size=32)


def test_workers_give_the_same_batches_in_the_same_order(skies: Path) -> None:
    alone, together = (list(load_batches(album(skies), batch_size=2, first=2, workers=count)) for count in (0, 2))
    assert len(alone) == len(together) == 2
    for one, other in zip(alone, together, strict=True):
        assert torch.equal(one.hdr, other.hdr) and torch.equal(one.ldr, other.ldr)
        assert (one.view - other.view).abs().max() < RESIZE_ROUNDING


class Threads(Views):
    """Samples that tell how many threads their process computes with."""

    def __getitem__(self, index: int) -> Sample:
        return Sample(*[torch.tensor([torch.get_num_threads()])] * 3)


def test_each_worker_has_one_thread(skies: Path) -> None:
    (batch,) = load_batches(Threads(skies, samples=2), batch_size=2, workers=1)
    assert batch.view.tolist() == [[1], [1]]


def test_a_damaged_file_that_only_workers_read_is_named_once(
    skies: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folder.Cache.__init__, "__defaults__", (1, 1))
    for path in skies.iterdir():
        (tmp_path / path.name).symlink_to(path)
    (tmp_path / "z.exr").write_bytes(b"no picture")
    views = album(tmp_path, samples=16)
    assert caplog.messages == []  # this process has read the first file only
    assert len(list(load_batches(views, batch_size=2, workers=2))) == 8
    assert len(caplog.messages) == 1 and caplog.messages[0].startswith("Skipped: z.exr")


def test_what_ends_a_worker_is_one_sentence(skies: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folder.Cache.__init__, "__defaults__", (1, 1))
    copy = tmp_path / "sky.exr"
    copy.write_bytes((skies / "sky0.exr").read_bytes())
    views = album(tmp_path)
    views.scenes._cache._shared.clear()
    copy.unlink()
    with pytest.raises(DataError) as told:
        list(load_batches(views, batch_size=2, workers=1))
    assert str(told.value) == "No HDR scene can be read any more; is the folder still there?"


class Deadly(Views):
    """Samples that cost their process its life, as a system does that is short of memory."""

    def __getitem__(self, index: int) -> Sample:
        import os
        import signal

        os.kill(os.getpid(), signal.SIGKILL)


def test_a_killed_worker_is_explained(skies: Path) -> None:
    with pytest.raises(DataError, match="lower --num_workers"):
        list(load_batches(Deadly(skies, samples=2), batch_size=1, workers=1))
