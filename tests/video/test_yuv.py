"""Y'CbCr planes, against the standards and an independent program."""

import numpy as np
import pytest

from hdr_demo.color import BT2020_LUMINANCE_WEIGHTS, LUMINANCE_WEIGHTS
from hdr_demo.video.yuv import to_yuv420
from tests.video.programs import run_program

MATRICES = {"709": LUMINANCE_WEIGHTS, "2020_ncl": BT2020_LUMINANCE_WEIGHTS}


def flat(rgb: tuple[float, float, float]) -> np.ndarray:
    return np.full((4, 4, 3), rgb, np.float32)


# ITU-R BT.709-6, item 4.6, and BT.2020-2, table 5: black, the peak, achromatic, and the ends of chroma.
@pytest.mark.parametrize("weights", MATRICES.values(), ids=MATRICES)
@pytest.mark.parametrize("bits", [8, 10])
def test_levels_are_those_of_the_standards(weights: np.ndarray, bits: int):
    scale = 1 << (bits - 8)
    for rgb, codes in (((0, 0, 0), (16, 128, 128)), ((1, 1, 1), (235, 128, 128))):
        assert [int(plane[0, 0]) for plane in to_yuv420(flat(rgb), weights, bits)] == [scale * code for code in codes]
    for rgb, plane, code in (((0, 0, 1), 1, 240), ((1, 1, 0), 1, 16), ((1, 0, 0), 2, 240), ((0, 1, 1), 2, 16)):
        assert int(to_yuv420(flat(rgb), weights, bits)[plane][0, 0]) == scale * code


@pytest.mark.parametrize("matrix", MATRICES)
@pytest.mark.parametrize("bits, pix_fmt", [(8, "yuv420p"), (10, "yuv420p10le")])
def test_planes_agree_with_zimg(rng: np.random.Generator, matrix: str, bits: int, pix_fmt: str):
    # Noise along rows only: between rows, zimg's filter reaches two rows further than 1 1.
    rgb = np.repeat(rng.random((1, 32, 3)).astype(np.float32), 24, axis=0)
    words = ["-v", "error", "-f", "rawvideo", "-pix_fmt", "gbrpf32le", "-s", "32x24", "-i", "-"]
    zscale = f"zscale=min=gbr:rin=full:m={matrix}:r=limited:c=left:f=bilinear,format={pix_fmt}"
    given = np.ascontiguousarray(rgb[..., [1, 2, 0]].transpose(2, 0, 1)).tobytes()
    told = run_program("ffmpeg", *words, "-vf", zscale, "-f", "rawvideo", "-", input=given)
    theirs = np.frombuffer(told, np.uint8 if bits == 8 else np.uint16).astype(int)
    planes = [plane.astype(int).ravel() for plane in to_yuv420(rgb, MATRICES[matrix], bits)]
    errors = np.abs(np.concatenate(planes) - theirs)
    assert errors.max() <= 1 and errors.mean() < 0.02  # ties


def test_luma_is_rounded_to_the_nearest_code(rng: np.random.Generator):
    rgb = rng.random((20, 30, 3)).astype(np.float32)
    luma = to_yuv420(rgb, BT2020_LUMINANCE_WEIGHTS, 10)[0]
    wanted = 64 + 876 * (rgb.astype(np.float64) @ BT2020_LUMINANCE_WEIGHTS.astype(np.float64))
    assert np.abs(luma - wanted).max() <= 0.5 + 1e-3


def test_chroma_lies_on_even_columns_and_between_rows():
    # A slope along rows has at each chroma sample the value of the column it lies on.
    columns = np.broadcast_to(np.linspace(0, 1, 33)[None, :32, None], (8, 32, 3)).astype(np.float32) * (0, 0, 1)
    blue = to_yuv420(columns, BT2020_LUMINANCE_WEIGHTS, 10)[1][:, 1:].astype(float)
    assert np.abs(blue - (512 + 448 * np.linspace(0, 1, 33)[2:32:2])).max() <= 0.51
    rows = np.ascontiguousarray(columns.transpose(1, 0, 2))
    blue = to_yuv420(rows, BT2020_LUMINANCE_WEIGHTS, 10)[1].astype(float)
    between = np.linspace(0, 1, 33)[:32].reshape(16, 2).mean(axis=1)
    assert np.abs(blue - (512 + 448 * between)[:, None]).max() <= 0.51


@pytest.mark.parametrize("height, width", [(1, 1), (3, 5), (4, 5), (3, 4), (7, 1)])
def test_odd_frames_repeat_their_last_row_and_column(rng: np.random.Generator, height: int, width: int):
    rgb = rng.random((height, width, 3)).astype(np.float32)
    even = np.pad(rgb, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")
    for ours, padded in zip(to_yuv420(rgb, LUMINANCE_WEIGHTS, 8), to_yuv420(even, LUMINANCE_WEIGHTS, 8)):
        assert ours.shape == padded.shape and (ours == padded).all()
