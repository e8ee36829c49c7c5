"""Samples of brackets: the same however they are drawn, gone on with, and cut by the paper's rules."""

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from hdr_demo.bracket import make_bracket
from hdr_demo.color import decode_srgb, encode_srgb
from hdr_demo.errors import DataError, OutputError
from hdr_demo.merge.networks import LONG_FLOW, SHORT_FLOW
from hdr_demo.training import bracket_samples
from hdr_demo.training.bracket_album import FACTS_NAME, PAPER_FACTS_NAME, add_paper_scenes, make_album, prepare
from hdr_demo.training.bracket_samples import PAPER, Album, count_samples, find_samples, read_sample, save_sample

MakeLight = Callable[[int, int], np.ndarray]


def same(one: Path, other: Path) -> bool:
    """Whether two albums hold the same."""
    samples = [[read_sample(path) for path in find_samples(folder)] for folder in (one, other)]
    return len(samples[0]) == len(samples[1]) and all(
        first.kind == second.kind
        and first.times == second.times
        and np.array_equal(first.sources, second.sources)
        and np.array_equal(first.valid, second.valid)
        and np.array_equal(first.truth, second.truth)
        for first, second in zip(*samples, strict=True)
    )


def test_an_album_is_the_same_whatever_the_number_of_processes(album: Path, block_scenes: Path, tmp_path: Path) -> None:
    make_album(tmp_path, block_scenes, samples=6, seed=3, workers=2)
    assert same(album, tmp_path)


def test_an_album_goes_on_where_it_was_left_and_keeps_its_seed(album: Path, block_scenes: Path, tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        make_album(tmp_path, block_scenes, samples=6, seed=3, on_sample=interrupt)
    assert count_samples(tmp_path) == (1, 0)
    before = find_samples(tmp_path)[0].stat().st_mtime_ns
    make_album(tmp_path, block_scenes, samples=6, seed=3)
    assert same(album, tmp_path) and find_samples(tmp_path)[0].stat().st_mtime_ns == before
    for changes in ({"seed": 4}, {"shares": (1, 0, 0)}, {"scenes": tmp_path}):
        with pytest.raises(DataError, match="other scenes or of another seed; choose another --album"):
            make_album(tmp_path, **({"scenes": block_scenes, "samples": 6, "seed": 3} | changes))


def interrupt() -> None:
    raise KeyboardInterrupt


def test_an_interruption_does_not_wait_for_all_samples(block_scenes: Path, tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        make_album(tmp_path, block_scenes, samples=40, seed=3, workers=2, on_sample=interrupt)
    assert 1 <= count_samples(tmp_path)[0] < 20


def test_an_album_of_which_nothing_is_said_is_used_and_not_added_to(
    album: Path, block_scenes: Path, tmp_path: Path
) -> None:
    os.link(find_samples(album)[0], tmp_path / "00000.npz")
    make_album(tmp_path, block_scenes, samples=1, seed=9)
    assert not (tmp_path / FACTS_NAME).exists()
    with pytest.raises(DataError, match="no album.json that says of what"):
        make_album(tmp_path, block_scenes, samples=2, seed=9)


def test_a_folder_without_scenes_is_named(tmp_path: Path) -> None:
    for workers in (1, 2):
        with pytest.raises(DataError, match=f"{tmp_path} holds no HDR scene that can be read"):
            make_album(tmp_path / "album", tmp_path, samples=2, seed=0, workers=workers)


def test_an_album_that_could_not_be_begun_may_be_begun_of_other_scenes(
    album: Path, block_scenes: Path, tmp_path: Path
) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match="holds no HDR scene"):
        make_album(tmp_path / "album", tmp_path / "empty", samples=1, seed=0)
    make_album(tmp_path / "album", block_scenes, samples=6, seed=3)
    assert same(album, tmp_path / "album")


def test_an_interruption_leaves_no_half_sample(album: Path, tmp_path: Path, monkeypatch) -> None:
    def interrupted(path: Path, **_: object) -> None:
        path.write_bytes(b"half a file")
        raise KeyboardInterrupt

    sample = read_sample(find_samples(album)[0])
    monkeypatch.setattr(bracket_samples.np, "savez", interrupted)
    with pytest.raises(KeyboardInterrupt):
        save_sample(tmp_path / "00000.npz", sample)
    assert not list(tmp_path.iterdir())


def test_a_full_disk_leaves_no_half_sample(block_scenes: Path, tmp_path: Path, monkeypatch) -> None:
    def full_disk(path: Path, **_: object) -> None:
        path.write_bytes(b"half a file")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(bracket_samples.np, "savez", full_disk)
    with pytest.raises(OutputError, match=r"No space left on device\); choose another --album"):
        make_album(tmp_path, block_scenes, samples=1, seed=0)
    assert [path.name for path in tmp_path.iterdir()] == [FACTS_NAME]


def test_a_folder_that_cannot_be_made_is_one_sentence(block_scenes: Path, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(OutputError, match="choose another --album"):
        make_album(tmp_path / "taken", block_scenes, samples=1, seed=0)


def test_a_damaged_sample_is_named(album: Path, tmp_path: Path) -> None:
    content = find_samples(album)[0].read_bytes()
    for number, damaged in enumerate((b"", b"no sample", content[: len(content) // 2])):
        path = tmp_path / f"{number:05d}.npz"
        path.write_bytes(damaged)
        with pytest.raises(DataError, match=f"{path.name} cannot be read as a sample of brackets; delete it"):
            read_sample(path)


def test_brackets_lose_a_photo_now_and_then(album: Path) -> None:
    sources, valid, _, _ = Album(album, batch_size=400, crop_size=8, seed=0).batch(0)
    # The reference stands in, so both alignments show the same, darker or brighter than it.
    gone = [
        (~valid[:, [one, other]]).flatten(1).all(1) & (sources[:, one] == sources[:, other]).flatten(1).all(1)
        for one, other in ((1, 2), (3, 4), (0, 0))
    ]
    lost = [float(each.float().mean()) for each in gone]
    assert (sources[gone[0]][:, 1] <= sources[gone[0]][:, 0] + 1e-6).all()
    assert (sources[gone[1]][:, 3] >= sources[gone[1]][:, 0] - 1e-6).all()
    assert 0.01 < lost[0] < 0.12 and 0.01 < lost[1] < 0.12 and lost[2] == 0


# --- scenes in the paper's layout


def test_scenes_of_the_paper_are_cut_once_beside_what_is_drawn(
    papers: Path, make_light: MakeLight, album: Path, tmp_path: Path
) -> None:
    os.link(find_samples(album)[0], tmp_path / "00000.npz")
    assert add_paper_scenes(tmp_path, papers) == 2 and count_samples(tmp_path) == (1, 2)
    samples = find_samples(tmp_path)[1:]
    light = make_light(260, 530)
    for number, path in enumerate(samples):
        sample = read_sample(path)
        assert sample.kind == PAPER and sample.times == (0.25, 1, 4) and sample.truth.shape == (256, 256, 3)
        inner = np.minimum(light[8:248, 256 * number + 8 : 256 * number + 248], 4)
        np.testing.assert_allclose(sample.truth[8:248, 8:248], inner, rtol=0.02, atol=0.02)  # Radiance has 8 bits
    before = [path.stat().st_mtime_ns for path in samples]
    assert add_paper_scenes(tmp_path, papers) == 2
    assert [path.stat().st_mtime_ns for path in samples] == before
    (tmp_path / PAPER_FACTS_NAME).unlink()  # as if somebody had interrupted
    samples[0].unlink()
    assert add_paper_scenes(tmp_path, papers) == 2 and count_samples(tmp_path) == (1, 2)
    with pytest.raises(DataError, match="holds other scenes in the paper's layout"):
        add_paper_scenes(tmp_path, papers / "one")


def test_where_a_neighbour_has_nothing_the_reference_is_the_truth(make_light: MakeLight) -> None:
    light = make_light(96, 128)
    moved = np.roll(light, 12, axis=1)
    photos = [
        np.rint(encode_srgb(np.minimum(shown * np.float32(time), 1)) * 65535).astype(np.uint16)
        for shown, time in ((moved, 0.25), (light, 1), (moved, 4))
    ]
    bracket = make_bracket(photos, (0.5, 2, 8), reference=1)
    sample = prepare(bracket, light + 1, PAPER)  # a truth that is told apart from the reference
    assert sample.times == (0.25, 1, 4)
    seen = decode_srgb(photos[1] / np.float32(65535))
    dark = photos[1] < 65535 / 2
    alone = np.where(dark, ~sample.valid[LONG_FLOW][..., None], ~sample.valid[SHORT_FLOW][..., None])
    assert 0.05 < alone.mean() < 0.3 and dark[alone].any() and not dark[alone].all()
    np.testing.assert_allclose(sample.truth[alone], seen[alone], atol=1e-4)
    np.testing.assert_allclose(sample.truth[~alone], np.minimum(light + 1, 4)[~alone], atol=1e-4)
    drawn = prepare(bracket, light + 1, "moving")  # whose truth is known everywhere
    np.testing.assert_allclose(drawn.truth, np.minimum(light + 1, 4))


@pytest.mark.parametrize(
    ("made", "sentence"), [({"photos": 2}, "two has 2 photos"), ({"height": 100}, "two has 530 x 100 pixels")]
)
def test_scenes_of_the_paper_that_cannot_be_used_are_named(
    write_paper_scene: Callable[..., None], tmp_path: Path, made: dict[str, int], sentence: str
) -> None:
    write_paper_scene(tmp_path / "scenes" / "two", **made)
    with pytest.raises(DataError, match=sentence):
        add_paper_scenes(tmp_path / "album", tmp_path / "scenes")


def test_a_folder_without_scenes_of_the_paper_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no scenes in the paper's layout: folders with an exposure.txt"):
        add_paper_scenes(tmp_path / "album", tmp_path)
