"""Brackets of scenes in which something moves, drawn at random: a hand-held virtual camera takes them of HDR scenes."""

from dataclasses import dataclass

import cv2
import numpy as np

from hdr_demo.camera import (
    Hand,
    Layer,
    TakenBracket,
    exposure_to_clip,
    take_bracket,
    tint_scene,
    view_panorama,
    view_photograph,
)
from hdr_demo.camera.sensor import READ_NOISE_LOG10, SHOT_NOISE_LOG10
from hdr_demo.scenes.folder import Scene, Scenes

SIDE = 256
MARGIN = 40  # of a layer around the frame, so that moving it shows no border
KINDS = ("static", "hand-held", "moving")


@dataclass(frozen=True)
class Difficulty:
    """How much moves.

    Attributes:
        shake: Of the hand between two photos, in pixels for a frame of 256, as standard deviation.
        turn: Of the hand, in degrees.
        layers: The most layers in front of the background.
        motion: Of a layer between two photos, in pixels for a frame of 256: the largest.
    """

    shake: float
    turn: float
    layers: int
    motion: float


DIFFICULTIES = {
    "static": Difficulty(0.0, 0.0, 3, 0.0),
    "hand-held": Difficulty(4.0, 0.5, 3, 0.0),
    "moving": Difficulty(3.0, 0.4, 4, 24.0),
}


def draw_bracket(
    scenes: Scenes,
    rng: np.random.Generator,
    *,
    kind: str = "moving",
    side: int = SIDE,
    noisy: bool = True,
    scene: int | None = None,
) -> TakenBracket:
    """Take a bracket of a scene made of several.

    Args:
        scenes: Where background and layers are cut from.
        rng: Of every choice.
        kind: One of `KINDS`.
        side: Of the square photos, in pixels.
        noisy: Whether the sensor has noise.
        scene: Which of them is the background; drawn by default.
    """
    how = DIFFICULTIES[kind]
    unit = side / 256
    margin = round(MARGIN * unit)
    full = side + 2 * margin
    behind = scenes[int(rng.integers(len(scenes))) if scene is None else scene]
    background = tint_scene(_look(behind, rng, full), rng)
    centre = background[margin:-margin, margin:-margin]
    # From a photo that clips nothing to one that clips half of its frame.
    share = 10 ** rng.uniform(-3, np.log10(0.5))
    gain = exposure_to_clip(centre, share)
    layers = [Layer(background * gain)]
    least = 1 if kind == "moving" else 0
    for _ in range(int(rng.integers(least, how.layers + 1))):
        layers.append(_draw_layer(scenes, rng, how, full, unit, moves=kind == "moving"))
    stops = float(rng.choice((2.0, 3.0)))
    times = (2.0**-stops, 1.0, 2.0**stops)
    hand = Hand(
        rng.normal(0, how.shake * unit, (3, 2)), rng.normal(0, how.turn, 3), rng.normal(0, 0.004 if how.turn else 0, 3)
    )
    hand.shifts[1] = hand.turns[1] = hand.zooms[1] = 0
    noise = (10 ** rng.uniform(*SHOT_NOISE_LOG10), 10 ** rng.uniform(*READ_NOISE_LOG10)) if noisy else None
    bits = 8 if rng.random() < 0.6 else 16
    taken = take_bracket(
        layers, hand, height=side, width=side, times=times, reference=1, rng=rng, noise=noise, bits=bits
    )
    if rng.random() < 0.5:
        return TakenBracket(
            tuple(np.ascontiguousarray(photo[:, ::-1]) for photo in taken.photos),
            taken.times,
            1,
            np.ascontiguousarray(taken.truth[:, ::-1]),
            np.ascontiguousarray(taken.moved[:, ::-1]),
        )
    return taken


def _look(scene: Scene, rng: np.random.Generator, side: int) -> np.ndarray:
    if not scene.is_panorama:
        return view_photograph(scene.light, height=side, width=side, rng=rng)
    return view_panorama(
        scene.light,
        height=side,
        width=side,
        field_of_view=rng.uniform(50, 110),
        yaw=rng.uniform(-180, 180),
        pitch=rng.normal(0, 16),
        roll=rng.normal(0, 4),
    )


def _draw_layer(
    scenes: Scenes, rng: np.random.Generator, how: Difficulty, side: int, unit: float, *, moves: bool
) -> Layer:
    light = tint_scene(_look(scenes[int(rng.integers(len(scenes)))], rng, side), rng)
    # What moves is lit like the rest: its middle lies around the reference's, sometimes far above or below.
    light = light * np.float32(0.15 * 2 ** rng.normal(0, 1.6) / max(float(np.median(light)), 1e-4))
    opacity = _draw_outline(rng, side)
    pace = rng.uniform(0.02, 1) ** 1.5 * how.motion * unit if moves else 0.0
    angle = rng.uniform(0, 2 * np.pi)
    return Layer(
        light,
        opacity,
        nearness=float(1 + 0.6 * abs(rng.normal())) if how.shake else 1.0,
        shift=(pace * np.cos(angle), pace * np.sin(angle)),
        turn=float(rng.normal(0, 3)) if moves else 0.0,
        growth=float(rng.normal(0, 0.02)) if moves else 0.0,
    )


def _draw_outline(rng: np.random.Generator, side: int) -> np.ndarray:
    """Draw a shape with a soft edge: a few ellipses in a row, as limbs are, or a blob."""
    canvas = np.zeros((side, side), np.float32)
    at = rng.uniform(0.15, 0.85, 2) * side
    size = side * rng.uniform(0.04, 0.22)
    for _ in range(int(rng.integers(1, 6))):
        axes = np.maximum(2, size * rng.uniform(0.35, 1.2, 2))
        cv2.ellipse(
            canvas,
            (tuple(map(float, at)), tuple(map(float, 2 * axes)), float(rng.uniform(0, 180))),
            1.0,
            thickness=-1,
            lineType=cv2.LINE_AA,
        )
        at = np.clip(at + rng.normal(0, size, 2), 0, side)
    if rng.random() < 0.3:  # a thin thing, such as a pole or an arm
        end = at + rng.normal(0, 3 * size, 2)
        cv2.line(canvas, tuple(map(int, at)), tuple(map(int, end)), 1.0, int(rng.integers(2, 8)), cv2.LINE_AA)
    wobble = cv2.resize(rng.normal(0, 1, (12, 12)).astype(np.float32), (side, side), interpolation=cv2.INTER_CUBIC)
    ragged = cv2.GaussianBlur(canvas, (0, 0), max(1.0, 0.03 * side)) + 0.12 * wobble * (canvas > 0)
    edge = 10 ** rng.uniform(-0.2, 0.6)
    shape = (ragged > 0.45).astype(np.float32) if rng.random() < 0.5 else canvas
    return np.clip(cv2.GaussianBlur(shape, (0, 0), edge), 0, 1)
