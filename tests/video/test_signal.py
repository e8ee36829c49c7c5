"""SDR, PQ and HLG signals, against the standards and an independent program."""

import numpy as np
import pytest

from hdr_demo.color import BT709_TO_BT2020, decode_pq, encode_pq
from hdr_demo.video.signal import SIGNALS, roll_off, to_light, to_pq
from tests.video.programs import run_program

TENTH_OF_A_CODE = 0.1 / 1023
ODD_LIGHT = (-1.0, 0.0, np.nan, 1e-30, 1e30, np.inf, -np.inf)


def colours(rng: np.random.Generator, low: float, high: float, count: int = 4000) -> np.ndarray:
    """Draw linear RGB between two powers of two, float32, (count / 40, 40, 3)."""
    return np.exp2(rng.uniform(low, high, (count // 40, 40, 3))).astype(np.float32)


def exact(hdr: np.ndarray, white_nits: float, peak_nits: float) -> np.ndarray:
    """PQ in double precision and without tables, from BT.709 to what `roll_off` leaves."""
    nits = hdr.astype(np.float64) @ BT709_TO_BT2020.T.astype(np.float64) * white_nits
    brightest = nits.max(axis=-1, keepdims=True)
    return encode_pq(nits * roll_off(brightest, peak_nits) / brightest)


def test_white_is_203_nits_and_three_quarters_of_hlg():
    white = np.ones((2, 2, 3), np.float32)
    pq, hlg = SIGNALS["pq"], SIGNALS["hlg"]
    assert pq.encode(pq.light(white, 203, 1000)) == pytest.approx(np.full((2, 2, 3), 0.5807), abs=TENTH_OF_A_CODE)
    assert hlg.encode(hlg.light(white, 203, 1000)) == pytest.approx(np.full((2, 2, 3), 0.75), abs=2e-4)


@pytest.mark.parametrize("signal, transfer, npl", [("pq", "smpte2084", 203), ("hlg", "arib-std-b67", 1000)])
def test_signals_agree_with_zimg(rng: np.random.Generator, signal: str, transfer: str, npl: int):
    # Below the knee: zimg does not roll off. It has no luminance weights in HLG's OOTF, so that only greys agree.
    hdr = colours(rng, -9, 0.5) if signal == "pq" else np.repeat(colours(rng, -9, 0.5)[..., :1], 3, axis=-1)
    height, width = hdr.shape[:2]
    given = np.ascontiguousarray((hdr * np.float32(203 / npl))[..., [1, 2, 0]].transpose(2, 0, 1))
    zscale = f"zscale=tin=linear:pin=bt709:min=gbr:rin=full:npl={npl}:t={transfer}:p=bt2020:m=gbr:r=full"
    words = ["-v", "error", "-f", "rawvideo", "-pix_fmt", "gbrpf32le", "-s", f"{width}x{height}", "-i", "-"]
    told = run_program("ffmpeg", *words, "-vf", zscale, "-f", "rawvideo", "-", input=given.tobytes())
    theirs = np.frombuffer(told, np.float32).reshape(3, height, width)[[2, 0, 1]].transpose(1, 2, 0)
    row = SIGNALS[signal]
    ours = row.encode(row.light(hdr, 203, 1000))
    assert np.abs(ours - theirs).max() < 1.5 * TENTH_OF_A_CODE  # zimg tabulates too


@pytest.mark.parametrize("peak_nits", [300, 1000, 4000, 10000])
def test_tables_are_within_a_tenth_of_a_code(rng: np.random.Generator, peak_nits: float):
    hdr = colours(rng, -15, 7)
    ours = to_pq(to_light(hdr, 203, peak_nits))
    assert np.abs(ours - exact(hdr, 203, peak_nits)).max() < TENTH_OF_A_CODE


@pytest.mark.parametrize("peak_nits", [203, 400, 1000, 4000, 10000])
def test_roll_off_rises_from_identity_to_the_peak_and_never_above(peak_nits: float):
    nits = np.exp2(np.linspace(-10, 14, 20001))
    rolled = roll_off(nits, peak_nits)
    assert np.diff(rolled).min() >= 0
    assert rolled.max() <= peak_nits
    assert roll_off(np.array([10000.0, np.inf]), peak_nits) == pytest.approx(peak_nits)
    assert (rolled <= nits * (1 + 1e-9)).all()
    knee = max(0.0, 1.5 * float(encode_pq(float(peak_nits))) - 0.5)  # BT.2390-10, 5.4.1
    assert rolled[nits <= decode_pq(knee)].tolist() == nits[nits <= decode_pq(knee)].tolist()
    # No corner at the knee: the spline starts with the slope of the identity.
    slope = np.diff(np.log(rolled)) / np.diff(np.log(nits))
    assert np.abs(np.diff(slope)).max() < 0.01 or peak_nits == 10000


def test_white_is_dimmed_only_by_peaks_below_751_nits():
    assert [float(roll_off(203.0, peak)) == 203.0 for peak in (700, 749, 751, 1000)] == [False, False, True, True]


def test_no_channel_of_any_frame_exceeds_the_peak(rng: np.random.Generator):
    hdr = colours(rng, -4, 20)
    for peak_nits in (203.0, 1000.0, 4000.0):
        assert to_light(hdr, 203, peak_nits).max() <= peak_nits * (1 + 1e-6)


def test_roll_off_and_hlg_keep_hue(rng: np.random.Generator):
    hdr = colours(rng, 0, 8)
    straight = hdr @ BT709_TO_BT2020.T
    straight = straight / straight.max(axis=-1, keepdims=True)
    rolled = to_light(hdr, 203, 1000)
    assert rolled / rolled.max(axis=-1, keepdims=True) == pytest.approx(straight, abs=1e-5)


def test_what_other_pixels_hold_changes_nothing(rng: np.random.Generator):
    # The law that forbids pumping: the signal of a pixel depends on nothing but the pixel.
    hdr = colours(rng, -6, 3)
    for row in (SIGNALS["pq"], SIGNALS["hlg"]):
        alone = row.encode(row.light(hdr[:1], 203, 1000))
        brighter = np.concatenate((hdr[:1], 100 * hdr[1:]))
        assert (row.encode(row.light(brighter, 203, 1000))[:1] == alone).all()


@pytest.mark.parametrize("signal", SIGNALS)
def test_no_light_breaks_a_signal(signal: str):
    row = SIGNALS[signal]
    hdr = np.array(np.meshgrid(ODD_LIGHT, ODD_LIGHT, ODD_LIGHT), np.float32).reshape(3, 7, 49).transpose(1, 2, 0)
    rgb = row.encode(row.light(hdr, 203, 1000) if row.light else hdr)
    assert rgb.dtype == np.float32 and rgb.shape == hdr.shape
    assert rgb.min() >= 0 and rgb.max() <= 1  # which NaN would fail


def test_sdr_is_left_as_it_is(rng: np.random.Generator):
    sdr = rng.random((9, 11, 3)).astype(np.float32)
    assert (SIGNALS["sdr"].encode(sdr) == sdr).all()


def test_a_peak_above_1000_nits_does_not_overdrive_hlg(rng: np.random.Generator):
    row, hdr = SIGNALS["hlg"], colours(rng, -4, 6)
    assert (row.light(hdr, 203, 4000) == row.light(hdr, 203, 1000)).all()


def test_blue_at_the_peak_keeps_its_hue_in_hlg():
    row = SIGNALS["hlg"]
    dim, bright = (row.encode(np.array([[[0, 0, nits]]], np.float32))[0, 0] for nits in (567, 1000))
    assert bright.tolist() == pytest.approx([0, 0, 1], abs=1e-3)
    assert dim.tolist() == pytest.approx([0, 0, 1], abs=1e-3)
