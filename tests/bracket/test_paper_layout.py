"""Scenes as the paper published theirs, written here by its rules and read back."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from hdr_demo.bracket.paper_layout import find_paper_scenes, read_paper_scene, read_paper_scenes
from hdr_demo.color import decode_srgb
from hdr_demo.errors import DataError
from hdr_demo.io import write_hdr


def write_tiff(path: Path, encoded: np.ndarray) -> None:
    """Write 16 bits, of whose curve the file says nothing."""
    cv2.imwrite(str(path), np.rint(encoded[..., ::-1] * 65535).astype(np.uint16))


def write_scene(folder: Path, stops: tuple[float, ...] = (-2, 0, 2), *, counted_from: float = 0) -> np.ndarray:
    """Write a scene and give its light, in which 1.0 is the white of the photo of 0 stops.

    Args:
        folder: To be made.
        stops: Of the exposures.
        counted_from: What the truth's unit takes away from the stops.
    """
    folder.mkdir(parents=True)
    rng = np.random.default_rng(0)
    light = np.exp2(rng.uniform(-5, 2, (24, 36, 3))).astype(np.float32)
    middle = sorted(stops)[len(stops) // 2]
    for number, stop in enumerate(stops):
        exposed = np.clip(light * np.float32(2.0 ** (stop - middle)), 0, 1)
        write_tiff(folder / f"photo{number}.tif", exposed ** np.float32(1 / 2.2))
    (folder / "exposure.txt").write_text("".join(f"{stop:.2f}\r\n" for stop in stops))
    write_hdr(folder / "HDRImg.hdr", light / np.float32(2.0 ** (middle - counted_from)))
    return light


@pytest.mark.parametrize(
    "stops, counted_from", [((-2, 0, 2), 0), ((-2, 0, 2), -2), ((0, 2, 4), 0), ((3, 0, -3), -3), ((1.5, 4.5, 7.5), 1.5)]
)
def test_photos_and_truth_have_one_unit_however_the_exposures_are_counted(
    tmp_path: Path, stops: tuple[float, ...], counted_from: float
) -> None:
    light = write_scene(tmp_path / "people", stops, counted_from=counted_from)
    scene = read_paper_scene(tmp_path / "people")
    assert scene.name == "people"
    assert np.log2(scene.bracket.times) - np.log2(scene.bracket.times[0]) == pytest.approx(np.sort(stops) - min(stops))
    assert scene.bracket.reference == 1
    np.testing.assert_allclose(
        scene.truth, light, rtol=0.02, atol=0.02
    )  # Radiance has 8 bits for the brightest channel
    for photo, time in zip(scene.bracket.photos, scene.bracket.times, strict=True):
        assert photo.dtype == np.uint16
        exposed = np.clip(light * np.float32(time / scene.bracket.times[1]), 0, 1)
        np.testing.assert_allclose(decode_srgb(photo / np.float32(65535)), exposed, atol=1e-3)


def test_every_scene_of_a_tree_is_found_and_a_scene_is_a_tree_by_itself(tmp_path: Path) -> None:
    for name in ("Test/b", "Test/a", "Training/001"):
        write_scene(tmp_path / name)
    assert [scene.name for scene in read_paper_scenes(tmp_path)] == ["a", "b", "001"]
    assert find_paper_scenes(tmp_path / "Test" / "a") == [tmp_path / "Test" / "a"]
    assert find_paper_scenes(tmp_path / "nowhere") == []


def spoil(folder: Path, what: str) -> None:
    if what == "a photo is missing":
        (folder / "photo1.tif").unlink()
    elif what == "no exposures":
        (folder / "exposure.txt").write_text("")
        for number in range(3):
            (folder / f"photo{number}.tif").unlink()
    elif what == "words":
        (folder / "exposure.txt").write_text("dark\nnormal\nbright\n")
    elif what == "not a number":
        (folder / "exposure.txt").write_text("nan\n0\n2\n")
    elif what == "twice the same":
        (folder / "exposure.txt").write_text("0\n0\n2\n")
    elif what == "no truth":
        (folder / "HDRImg.hdr").unlink()
    elif what == "another size":
        write_hdr(folder / "HDRImg.hdr", np.ones((24, 30, 3), np.float32))
    elif what == "damaged":
        (folder / "photo2.tif").write_bytes(b"no picture")
    else:
        write_hdr(folder / "HDRImg.hdr", np.full((24, 36, 3), 1e-3, np.float32))


@pytest.mark.parametrize(
    "what, said",
    [
        ("a photo is missing", "holds 2 photos and exposure.txt 3 exposures"),
        ("no exposures", "holds 0 photos"),
        ("words", "exposure.txt cannot be read as exposures in stops"),
        ("not a number", "exposures that no camera has"),
        ("twice the same", "have the same exposure"),
        ("no truth", "HDRImg"),
        ("another size", "has 30 x 24 pixels and its photos have 36 x 24"),
        ("damaged", "photo2"),
        ("of another scene", "stops where both are well exposed"),
    ],
)
def test_what_is_not_a_scene_is_explained(tmp_path: Path, what: str, said: str) -> None:
    write_scene(tmp_path / "scene")
    spoil(tmp_path / "scene", what)
    with pytest.raises(DataError, match=said) as caught:
        read_paper_scene(tmp_path / "scene")
    assert "scene" in str(caught.value) and "\n" not in str(caught.value)
