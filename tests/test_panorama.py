"""Panoramas: recognised, expanded across their edge, and measured as a light source."""

import io
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from hdr_demo.calibration import needs_network
from hdr_demo.color import luminance
from hdr_demo.draft import carry_up
from hdr_demo.inference import Expander
from hdr_demo.io import Picture, read_ldr
from hdr_demo.model import ExpandNet
from hdr_demo.panorama import (
    closes,
    columns_to_wrap,
    illuminance,
    irradiance,
    is_panorama,
    roll_in_place,
    turn_to_light,
    wrap_columns,
)
from hdr_demo.photo import PhotoExpander, goes_round, load_photo_expander
from hdr_demo.pyramid import expand_pyramid, reductions
from hdr_demo.resize import resize_image

EXACT = 1e-5  # float32 sums in another order
SUN_RADIUS = 24


@pytest.fixture(scope="module")
def expander() -> Expander:
    """A network without a global branch, which sees a panorama flat and so depends on how it was cut open."""
    torch.manual_seed(3)
    network = ExpandNet().eval()
    network.initialize()
    with torch.no_grad():
        network.glob_net[-1].weight.zero_()
    return Expander(network, torch.device("cpu"), tile=40)


@pytest.fixture(scope="module")
def photo() -> PhotoExpander:
    return load_photo_expander("expandnet-hdr-demo", device="cpu", offline=True)


def panorama(height: int, width: int, *, sun: float = 0.5) -> np.ndarray:
    """A sky over a ground with a clipped sun, which closes; the sun as a share of the width from the left."""
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
    across = np.abs((columns - sun * width + width / 2) % width - width / 2)
    distance = np.hypot(across, rows - height / 3)
    sky = 0.25 + 0.6 * np.exp(-distance / height) + 0.05 * np.sin(8 * 2 * np.pi * columns / width)
    ldr = np.where(rows < height * 0.6, sky, 0.5 * sky)[..., np.newaxis] * np.float32([1, 0.95, 0.9])
    ldr[distance < SUN_RADIUS * height / 256] = 1
    return np.clip(ldr, 0, 1).astype(np.float32)


@pytest.mark.parametrize("size", [(20, 40), (33, 66), (64, 128), (47, 91), (8, 5)], ids=str)
def test_tiles_of_a_turned_panorama_are_turned_tiles(expander: Expander, size: tuple[int, int]) -> None:
    ldr = np.random.default_rng(0).random((*size, 3), dtype=np.float32)
    whole = expander.expand(ldr, wraps=True)
    for columns in (1, size[1] // 2, size[1] - 3):
        turned = expander.expand(np.roll(ldr, columns, axis=1), wraps=True)
        assert np.abs(turned - np.roll(whole, columns, axis=1)).max() < EXACT


def test_across_the_edge_the_network_sees_what_it_sees_inside(expander: Expander) -> None:
    ldr = np.random.default_rng(1).random((30, 60, 3), dtype=np.float32)
    three = expander.expand(np.concatenate([ldr] * 3, axis=1))[:, 60:120]
    assert np.abs(expander.expand(ldr, wraps=True) - three).max() < EXACT
    assert np.abs(expander.expand(ldr) - three).max() > 100 * EXACT


@pytest.mark.parametrize("size", [(128, 256), (202, 404)], ids=str)
def test_a_turned_panorama_is_a_turned_pyramid(expander: Expander, size: tuple[int, int]) -> None:
    ldr = panorama(*size)
    columns = 2 ** (len(reductions(*size)) - 1) * 11  # whole columns in every size
    for wanted in (None, needs_network(ldr)):
        whole = expand_pyramid(expander, ldr, wraps=True, wanted=None if wanted is None else wanted.copy())
        turned_mask = None if wanted is None else np.roll(wanted, columns, axis=1)
        turned_copy = None if wanted is None else turned_mask.copy()
        turned = expand_pyramid(expander, np.roll(ldr, columns, axis=1), wraps=True, wanted=turned_copy)
        difference = np.abs(turned - np.roll(whole, columns, axis=1))
        assert difference[np.ones(size, bool) if wanted is None else turned_mask].max() < EXACT


@pytest.mark.parametrize("scale", ["calibrated", "radiometric"])
@pytest.mark.parametrize("draft", [False, True])
def test_a_turned_panorama_gives_the_turned_light(photo: PhotoExpander, scale: str, draft: bool) -> None:
    ldr = panorama(96, 192)
    one = photo.expand(Picture(ldr, None, "sun ahead", 8), scale=scale, draft=draft, wraps=True).hdr
    for columns in (96, 37):
        other = photo.expand(
            Picture(np.roll(ldr, columns, axis=1), None, "", 8), scale=scale, draft=draft, wraps=True
        ).hdr
        assert np.abs(np.log2(other / np.roll(one, columns, axis=1))).max() < 1e-3


def test_a_sun_on_the_edge_has_no_seam(photo: PhotoExpander) -> None:
    split = Picture(panorama(256, 512, sun=0.0), None, "sun behind", 8)
    clipped = split.ldr[:, 0].max(axis=-1) == 1
    assert clipped.sum() > SUN_RADIUS

    def step(wraps: bool | None) -> float:
        light = np.log2(luminance(photo.expand(split, wraps=wraps).hdr))
        return float(np.abs(light[clipped, 0] - light[clipped, -1]).mean())

    assert step(False) > 2 * step(None)


def test_the_scale_of_the_paper_is_left_as_it_was_published(photo: PhotoExpander) -> None:
    split = Picture(panorama(64, 128, sun=0.0), None, "", 8)
    assert np.array_equal(
        photo.expand(split, scale="paper", wraps=True).hdr, photo.expand(split, scale="paper", wraps=False).hdr
    )


@pytest.mark.parametrize(("small", "large"), [(100, 200), (101, 203), (187, 375), (1024, 4098), (3, 3)])
def test_a_panorama_enlarged_with_its_surroundings_is_enlarged_in_whole_columns(small: int, large: int) -> None:
    beyond, cut = columns_to_wrap(small, large, 2)
    assert beyond >= 2 and beyond * large == cut * small
    noise = np.random.default_rng(0).random((4, small), dtype=np.float32)
    once = resize_image(wrap_columns(noise, beyond), 4, large + 2 * cut)[:, cut : cut + large]
    thrice = resize_image(np.concatenate([noise] * 5, axis=1), 4, 5 * large)[:, 2 * large : 3 * large]
    assert np.abs(once - thrice).max() < 1e-3  # OpenCV interpolates in steps of 1/32 of a pixel near whole columns


def test_a_draft_goes_on_across_the_edge() -> None:
    ldr = panorama(128, 256)
    small = resize_image(ldr, 32, 64)
    whole = carry_up(small, small, ldr, logarithmic=True, wraps=True)
    turned = carry_up(
        *(np.roll(image, turn, axis=1) for image, turn in ((small, 10), (small, 10), (ldr, 40))),
        logarithmic=True,
        wraps=True,
    )
    assert np.abs(turned - np.roll(whole, 40, axis=1)).max() < EXACT


def test_the_light_is_turned_to_the_middle_and_back() -> None:
    ldr = panorama(64, 128, sun=0.1)
    turned = np.roll(ldr, turn_to_light(ldr), axis=1)
    assert abs(int(turned[20].sum(axis=-1).argmax()) - 64) < 8
    for columns in range(128):
        rolled = np.roll(ldr, columns, axis=1)
        assert np.array_equal(np.roll(rolled, turn_to_light(rolled), axis=1), turned)
    again = turned.copy()
    roll_in_place(again, -turn_to_light(ldr))
    assert np.array_equal(again, ldr)


@pytest.mark.parametrize("size", [(1, 2), (1, 1), (7, 14)], ids=str)
def test_a_tiny_panorama_can_be_expanded(photo: PhotoExpander, size: tuple[int, int]) -> None:
    hdr = photo.expand(Picture(np.ones((*size, 3), np.float32), None, "", 8), wraps=True).hdr
    assert hdr.shape == (*size, 3) and np.isfinite(hdr).all()


def test_only_pictures_that_close_go_round() -> None:
    assert is_panorama(256, 512) and not is_panorama(256, 511) and not is_panorama(50, 100)
    ldr = panorama(256, 512)
    assert closes(ldr) and goes_round(Picture(ldr, None, "", 8))
    ramp = np.repeat(np.linspace(0, 1, 512, dtype=np.float32)[np.newaxis, :, np.newaxis], 256, axis=0).repeat(3, axis=2)
    assert not closes(ramp) and not goes_round(Picture(ramp, None, "", 8))
    assert not goes_round(Picture(ldr[:, :400], None, "", 8))
    assert goes_round(Picture(ramp, None, "", 8, panorama=True))
    assert not goes_round(Picture(ldr, None, "", 8, panorama=False))


XMP = (
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    '<rdf:Description xmlns:GPano="http://ns.google.com/photos/1.0/panorama/" {}</rdf:RDF></x:xmpmeta>'
)
EQUIRECTANGULAR = 'GPano:ProjectionType="equirectangular" GPano:FullPanoWidthPixels="64" '


@pytest.mark.parametrize(
    ("description", "said"),
    [
        (EQUIRECTANGULAR + "/>", True),
        ("><GPano:ProjectionType> equirectangular </GPano:ProjectionType></rdf:Description>", True),
        (EQUIRECTANGULAR + 'GPano:CroppedAreaImageWidthPixels="64"/>', True),
        (EQUIRECTANGULAR + 'GPano:CroppedAreaImageWidthPixels="40"/>', False),
        ('GPano:ProjectionType="cylindrical"/>', False),
        ("/>", None),
    ],
)
@pytest.mark.parametrize("suffix", ["JPEG", "PNG", "WEBP"])
def test_what_the_file_says_of_its_projection_is_read(
    tmp_path: Path, description: str, said: bool | None, suffix: str
) -> None:
    xmp, file = XMP.format(description).encode(), io.BytesIO()
    extra = {"xmp": xmp}
    if suffix == "PNG":
        from PIL.PngImagePlugin import PngInfo

        extra = {"pnginfo": PngInfo()}
        extra["pnginfo"].add_itxt("XML:com.adobe.xmp", xmp.decode())
    Image.new("RGB", (64, 32)).save(file, suffix, **extra)
    (tmp_path / "sphere").write_bytes(file.getvalue())
    assert read_ldr(tmp_path / "sphere").panorama is said


@pytest.mark.parametrize("height", [1, 2, 3, 64, 101])
def test_a_uniform_panorama_lights_the_ground_with_pi_times_its_light(height: int) -> None:
    hdr = np.full((height, 2 * height, 3), np.float32([1, 2, 3]))
    assert irradiance(hdr) == pytest.approx(np.pi * np.array([1, 2, 3]))
    assert illuminance(np.full((height, 2 * height, 3), 2, np.float32)) == pytest.approx(2 * np.pi, rel=1e-4)


def test_what_is_below_the_horizon_does_not_light_the_ground() -> None:
    hdr = np.ones((64, 128, 3), np.float32)
    hdr[32:] = 1e6
    assert irradiance(hdr) == pytest.approx(np.full(3, np.pi))


def test_a_small_sun_lights_by_its_solid_angle_and_height() -> None:
    hdr = np.zeros((512, 1024, 3), np.float32)
    hdr[128, 7] = 1000.0  # 45 degrees above the horizon
    angle = (128.5 / 512) * np.pi
    solid_angle = np.sin(angle) * (np.pi / 512) * (2 * np.pi / 1024)
    assert irradiance(hdr) == pytest.approx(np.full(3, 1000 * np.cos(angle) * solid_angle), rel=1e-4)
