"""Colours: what the operators put onto their luminance."""

import numpy as np
import pytest

from hdr_demo.color import luminance
from hdr_demo.tonemap.recolor import recolor


@pytest.mark.parametrize("saturation", [0.0, 0.5, 1.0, 1.5])
def test_recolored_pixels_are_schlicks_colours_inside_the_gamut(saturation):
    """C' = (C / L) ** s * L' (Schlick 1994), or on the way from there to the grey of L' as far as it must."""
    rng = np.random.default_rng(2)
    hdr = rng.gamma(0.5, 4, (40, 50, 3)).astype(np.float32)
    lit, mapped = luminance(hdr), rng.random((40, 50), np.float32)
    rgb = recolor(hdr, lit, mapped, saturation)
    assert rgb.dtype == np.float32
    assert rgb.min() >= 0
    assert rgb.max() <= 1
    grey = mapped[..., None].astype(np.float64)
    wanted = (hdr.astype(np.float64) / lit[..., None]) ** saturation * grey
    purity = np.clip((1 - grey) / np.maximum(wanted.max(axis=-1, keepdims=True) - grey, 1e-12), 0, 1)
    assert np.abs(rgb - (grey + purity * (wanted - grey))).max() < 2e-6


def test_recolored_pixels_have_the_mapped_luminance():
    rng = np.random.default_rng(2)
    hdr = rng.gamma(0.5, 4, (40, 50, 3)).astype(np.float32)
    mapped = rng.random((40, 50), np.float32)
    assert luminance(recolor(hdr, luminance(hdr), mapped, 1)) == pytest.approx(mapped, abs=2e-6)
