"""Light as colour."""

import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest

from hdr_demo.color import decode_srgb, luminance
from hdr_demo.ui.false_color import COLORS, HIGHEST_STOPS, LOWEST_STOPS, draw_legend, paint_stops

# Machado, Oliveira & Fernandes 2009, table 1: full severity, for linear RGB.
COLOR_BLIND = {
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
}


def color_of(light: float) -> tuple[float, ...]:
    return tuple(paint_stops(np.full((1, 1, 3), light, np.float32))[0, 0].tolist())


def test_every_stop_has_a_colour_of_its_own() -> None:
    colors = [color_of(2.0 ** (stops + 0.5)) for stops in range(LOWEST_STOPS, HIGHEST_STOPS)]
    assert colors == [tuple(row) for row in COLORS.tolist()]
    assert len(set(colors)) == len(COLORS)


def test_white_is_the_last_blue_and_more_is_orange() -> None:
    red, _, blue = color_of(1.0)
    assert blue > red
    red, _, blue = color_of(1.01)
    assert red > blue


@pytest.mark.parametrize(("light", "row"), [(0.0, 0), (1e-30, 0), (1e30, -1)])
def test_light_beyond_the_ends_has_the_last_colour(light: float, row: int) -> None:
    assert color_of(light) == tuple(COLORS[row].tolist())


def test_colours_get_paler_towards_white() -> None:
    lightness = luminance(decode_srgb(COLORS))
    assert (np.diff(lightness[:-LOWEST_STOPS]) > 0).all()
    assert (np.diff(lightness[-LOWEST_STOPS:]) < 0).all()


@pytest.mark.parametrize("kind", COLOR_BLIND)
def test_colour_blind_people_tell_below_from_above_white(kind: str) -> None:
    seen = decode_srgb(COLORS) @ np.array(COLOR_BLIND[kind], np.float32).T
    yellowness = (seen[:, 0] + seen[:, 1]) / 2 - seen[:, 2]
    assert yellowness[:-LOWEST_STOPS].max() < 0 < yellowness[-LOWEST_STOPS:].min()


def test_the_legend_shows_every_colour() -> None:
    legend = ElementTree.fromstring(draw_legend("Stops & more"))
    assert len(list(legend.iter("i"))) == len(COLORS)
    assert legend.get("aria-label") == "Stops & more"
