"""Brackets that a hand-held virtual camera takes of a scene in which something moves: the truth of each is known.

A background and some layers in front of it, cut with soft edges out of views of other scenes, lie in a plane each. The
hand moves them all, the nearer ones farther (parallax); the layers have motions of their own. A long exposure blurs
whatever moves while it lasts.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from hdr_demo.camera.response import RESPONSES
from hdr_demo.camera.sensor import add_sensor_noise

# Sub-frames of the longest exposure; shorter ones get their share.
MOST_SUBFRAMES = 7
# How much of the time between two photos the longest exposure of a bracket takes.
LONGEST_SHUTTER = 0.4


@dataclass(frozen=True)
class Layer:
    """Something flat that fills the frame or stands before it.

    Attributes:
        light: Linear RGB, float32, (H, W, 3), [0, inf), in the background's unit; larger than the frame, if it is to
            be moved without showing its border.
        opacity: float32, (H, W), [0, 1].
        nearness: How far the hand's shift moves it, as a factor; 1 for the background.
        shift: Its own motion from one photo to the next, (x, y) in pixels.
        turn: Its own rotation from one photo to the next, in degrees.
        growth: Its own growth from one photo to the next, as log of the factor.
    """

    light: np.ndarray
    opacity: np.ndarray | None = None
    nearness: float = 1.0
    shift: tuple[float, float] = (0.0, 0.0)
    turn: float = 0.0
    growth: float = 0.0


@dataclass(frozen=True)
class Hand:
    """Where the hand holds the camera at each photo, relative to the reference.

    Attributes:
        shifts: (photos, 2): x, y in pixels.
        turns: (photos,): in degrees.
        zooms: (photos,): log of the factor.
    """

    shifts: np.ndarray
    turns: np.ndarray
    zooms: np.ndarray


@dataclass(frozen=True)
class TakenBracket:
    """A bracket, and the light of its reference.

    Attributes:
        photos: Display-encoded, uint8 or uint16, (H, W, 3) each, from the shortest exposure to the longest.
        times: Exposure times; that of the reference is 1.
        reference: Which of them is the reference.
        truth: What the reference's light is without noise and clipping, linear RGB, float32, (H, W, 3),
            [0, inf); 1.0 is the reference's white.
        moved: How far what a pixel of the reference shows has moved in the others, at most, in pixels, float32, (H, W).
    """

    photos: tuple[np.ndarray, ...]
    times: tuple[float, ...]
    reference: int
    truth: np.ndarray
    moved: np.ndarray


def take_bracket(
    layers: Sequence[Layer],
    hand: Hand,
    *,
    height: int,
    width: int,
    times: Sequence[float],
    reference: int,
    rng: np.random.Generator,
    noise: tuple[float, float] | None = None,
    bits: int = 8,
    response: Callable[[np.ndarray], np.ndarray] = RESPONSES["srgb"].default,
) -> TakenBracket:
    """Take a bracket, one photo after the other.

    Args:
        layers: The background first, the nearest last; in the unit of the reference's exposure: 1.0 clips there.
        hand: As many poses as `times`.
        height: Of the photos, in pixels.
        width: Of the photos, in pixels.
        times: Exposure times; that of the reference is 1.
        reference: Which photo is the reference.
        rng: Of the noise.
        noise: Variances of photon and read noise, as in `add_sensor_noise`; None for none.
        bits: Of the photos, 8 or 16.
        response: From exposed light to display-encoded values.

    Returns:
        The photos and their truth.
    """
    longest, largest = max(times), 2**bits - 1
    photos, moved = [], np.zeros((height, width), np.float32)
    for number, time in enumerate(times):
        count = max(1, round(MOST_SUBFRAMES * time / longest)) if number != reference else 1
        shutter = LONGEST_SHUTTER * time / longest
        moments = (np.arange(count) + 0.5) / count - 0.5
        light = sum(
            _compose(layers, hand, number, number - reference + shutter * moment, reference, height, width)
            for moment in moments
        ) / np.float32(count)
        exposed = light * np.float32(time)
        if noise is not None:
            exposed = np.maximum(add_sensor_noise(exposed, rng, noise), 0)
        photos.append(np.rint(response(exposed) * largest).astype(np.uint8 if bits == 8 else np.uint16))
        if number == reference:
            truth = light
        else:
            moved = np.maximum(moved, _measure_motion(layers, hand, number, number - reference, height, width))
    return TakenBracket(tuple(photos), tuple(times), reference, truth, moved)


def _pose(layer: Layer, hand: Hand, number: int, moment: float, height: int, width: int) -> np.ndarray:
    """Say where a layer stands: an affine map, 2x3, from its own pixels to those of the frame."""
    own = layer.light.shape
    angle = np.radians(layer.turn * moment + hand.turns[number])
    factor = np.exp(layer.growth * moment + hand.zooms[number])
    cosine, sine = factor * np.cos(angle), factor * np.sin(angle)
    turn = np.array([[cosine, -sine], [sine, cosine]])
    centre = np.array([own[1] - 1, own[0] - 1]) / 2
    place = np.array([width - 1, height - 1]) / 2
    shift = np.asarray(layer.shift) * moment + layer.nearness * hand.shifts[number]
    return np.column_stack((turn, place + shift - turn @ centre))


def _compose(
    layers: Sequence[Layer], hand: Hand, number: int, moment: float, reference: int, height: int, width: int
) -> np.ndarray:
    frame = None
    for layer in layers:
        matrix = _pose(layer, hand, number, moment, height, width)
        light = cv2.warpAffine(
            layer.light, matrix, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101
        )
        if frame is None:
            frame = light
            continue
        opacity = cv2.warpAffine(layer.opacity, matrix, (width, height), flags=cv2.INTER_LINEAR)[..., np.newaxis]
        frame = frame + opacity * (light - frame)
    return frame


def _measure_motion(
    layers: Sequence[Layer], hand: Hand, number: int, moment: float, height: int, width: int
) -> np.ndarray:
    """Measure how far what each pixel of the reference shows is moved in another photo, in pixels."""
    still = Hand(np.zeros_like(hand.shifts), np.zeros_like(hand.turns), np.zeros_like(hand.zooms))
    across, down = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    points = np.stack((across, down, np.ones_like(across)), axis=-1)
    motion = np.zeros((height, width), np.float32)
    for index, layer in enumerate(layers):
        here = np.vstack((_pose(layer, still, number, 0.0, height, width), (0, 0, 1)))
        there = np.vstack((_pose(layer, hand, number, moment, height, width), (0, 0, 1)))
        change = (there @ np.linalg.inv(here) - np.eye(3))[:2].astype(np.float32)
        far = np.linalg.norm(points @ change.T, axis=-1)
        if index:
            seen = cv2.warpAffine(layer.opacity, here[:2], (width, height), flags=cv2.INTER_LINEAR) > 0.5
            motion = np.where(seen, far, motion)
        else:
            motion = far
    return motion
