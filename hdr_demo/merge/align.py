"""Where a photo's pixels lie in another one of another exposure: by one pose for all, and pixel by pixel."""

from dataclasses import dataclass

import cv2
import numpy as np

from hdr_demo.color import decode_srgb, encode_srgb

# The most pixels that poses and flows are sought in; larger photos are reduced, and what is found is enlarged.
POSE_PIXELS = 1_500_000
FLOW_PIXELS = 4_000_000
# Levels of the pyramid on which the pose is sought: the smallest has at least so many pixels on its shorter side.
SMALLEST_LEVEL = 32
ECC_STEPS, ECC_CHANGE = 40, 1e-4
# What a pose has to gain to be worth its interpolation: photos from a tripod stay as they are.
STILL = 0.9
STANDING = np.eye(3, dtype=np.float32)
# What may be compared: neither clipped nor lost in noise; and the least share of the frame that has to be so.
DARK, CLIPPED, LEAST_SEEN = 0.02, 0.98, 0.05
# Below this correlation two photos show different scenes.
LEAST_LIKENESS = 0.2


@dataclass(frozen=True)
class Alignment:
    """How one photo lies on the reference.

    Attributes:
        pose: A homography from pixels of the reference to pixels of the photo, float32, (3, 3).
        flow: What each pixel has moved besides, before the pose: x, y in pixels of the reference, float32, (h, w, 2),
            maybe smaller than the reference; None where none was sought.
        likeness: How well both correlate after the pose, [-1, 1]; None where too little could be compared.
    """

    pose: np.ndarray
    flow: np.ndarray | None
    likeness: float | None

    @property
    def stands(self) -> bool:
        """Whether the photo needs no pose."""
        return np.array_equal(self.pose, STANDING)


def expose_to(ldr: np.ndarray, time: float, other: float) -> np.ndarray:
    """Show a photo as if it had been exposed for another time (Kalantari & Ramamoorthi 2017, section 3.1).

    Args:
        ldr: Display-encoded sRGB, float32, (H, W, 3), [0, 1].
        time: Of its exposure.
        other: The time wanted.

    Returns:
        Display-encoded sRGB, float32, (H, W, 3), [0, 1]; clipped where that exposure clips.
    """
    if time == other:
        return ldr
    return encode_srgb(np.minimum(decode_srgb(ldr) * np.float32(other / time), 1))


def find_alignment(
    reference: np.ndarray, other: np.ndarray, reference_time: float, time: float, *, flow: bool = True
) -> Alignment:
    """Find how a photo lies on the reference: a pose by ECC, what is left by DIS.

    Both are compared at the longer of their exposures: to brighten a photo loses nothing but its highlights.

    Args:
        reference: sRGB-encoded codes, uint8 or uint16, (H, W, 3).
        other: Likewise, of the same size.
        reference_time: Of the reference's exposure.
        time: Of the other's.
        flow: Whether the flow is wanted too.
    """
    shown = max(reference_time, time)
    pixels = max(POSE_PIXELS, FLOW_PIXELS if flow else 0)
    first, second = (
        _show_grey(photo, photo_time, shown, pixels)
        for photo, photo_time in ((reference, reference_time), (other, time))
    )
    pose, likeness = _find_pose(first, second)
    found = None
    if flow:
        seen = second if np.array_equal(pose, STANDING) else _warp_pose(second, pose)
        found = find_flow(*(np.rint(grey * 255).astype(np.uint8) for grey in (first, seen)))
    enlarge = np.diag([reference.shape[1] / first.shape[1], reference.shape[0] / first.shape[0], 1])
    if found is not None:
        found *= np.float32(enlarge[[0, 1], [0, 1]])
    return Alignment(_between_sizes(pose, enlarge), found, likeness)


def _between_sizes(pose: np.ndarray, enlarge: np.ndarray) -> np.ndarray:
    """Say a pose in pixels of another size; pixel centres lie at whole numbers, so corners at halves."""
    if np.array_equal(pose, STANDING):
        return STANDING
    half = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1]])
    scale = np.linalg.inv(half) @ enlarge @ half
    return (scale @ pose @ np.linalg.inv(scale)).astype(np.float32)


def _show_grey(photo: np.ndarray, time: float, shown: float, pixels: int) -> np.ndarray:
    """Show a photo at an exposure, reduced and without colour: luma, float32, (h, w), [0, 1]."""
    height, width = photo.shape[:2]
    factor = min(1.0, (pixels / (height * width)) ** 0.5)
    if factor < 1:
        size = max(1, round(width * factor)), max(1, round(height * factor))
        photo = cv2.resize(photo, size, interpolation=cv2.INTER_AREA)
    ldr = photo.astype(np.float32) / np.float32(np.iinfo(photo.dtype).max)
    return cv2.cvtColor(expose_to(ldr, time, shown), cv2.COLOR_RGB2GRAY)


def _find_pose(first: np.ndarray, second: np.ndarray) -> tuple[np.ndarray, float | None]:
    """Find the homography that brings a photo onto the reference (Evangelidis & Psarakis 2008, ECC).

    Coarse to fine: first a shift with rotation, from the best of whole shifts, then a homography.

    Args:
        first: The reference, luma, display-encoded, float32, (H, W), [0, 1].
        second: The other, at the same exposure.

    Returns:
        float32, (3, 3), `STANDING` where nothing better was found; and the correlation, None if there is too little
        to compare.
    """
    levels = [(first, second)]
    while levels[0][0].size > POSE_PIXELS:
        levels[0] = tuple(cv2.resize(grey, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA) for grey in levels[0])
    enlarge = np.diag([first.shape[1] / levels[0][0].shape[1], first.shape[0] / levels[0][0].shape[0], 1.0])
    while min(levels[-1][0].shape) >= 2 * SMALLEST_LEVEL:
        levels.append(tuple(cv2.pyrDown(grey) for grey in levels[-1]))
    finest = levels[0]
    mask = _comparable(finest[0])
    if mask.mean() < 255 * LEAST_SEEN:
        return STANDING, None
    criteria = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, ECC_STEPS, ECC_CHANGE)
    warp = _find_shift(*levels[-1])
    for number in range(len(levels) - 1, -1, -1):
        reference, other = levels[number]
        motion = cv2.MOTION_EUCLIDEAN if number else cv2.MOTION_HOMOGRAPHY
        start = warp[:2].copy() if number else warp
        try:
            _, found = cv2.findTransformECC(
                reference, other, start, motion, criteria, inputMask=_comparable(reference), gaussFiltSize=5
            )
            warp = np.vstack((found, (0, 0, 1))).astype(np.float32) if number else found
        except cv2.error:  # it did not converge here; a finer level may
            pass
        if number:
            larger = levels[number - 1][0].shape
            warp = _between_sizes(warp, np.diag([larger[1] / reference.shape[1], larger[0] / reference.shape[0], 1]))
    before, after = (_disagree(*finest, pose, mask) for pose in (STANDING, warp))
    pose = warp if after < STILL * before else STANDING
    return _between_sizes(pose, enlarge), _correlate(*finest, pose, mask)


def _find_shift(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Find the whole shift by phase correlation (Kuglin & Hines 1975); of small pictures, float32, (3, 3)."""
    window = cv2.createHanningWindow(first.shape[::-1], cv2.CV_32F) if min(first.shape) > 1 else None
    (across, down), response = cv2.phaseCorrelate(first, second, window)
    pose = STANDING.copy()
    if response > 0.1:
        pose[:2, 2] = across, down
    return pose


def _comparable(reference: np.ndarray) -> np.ndarray:
    return np.where((reference < CLIPPED) & (reference > DARK), 255, 0).astype(np.uint8)


def _warp_pose(grey: np.ndarray, pose: np.ndarray) -> np.ndarray:
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return cv2.warpPerspective(grey, pose, grey.shape[::-1], flags=flags, borderMode=cv2.BORDER_REPLICATE)


def _disagree(first: np.ndarray, second: np.ndarray, pose: np.ndarray, mask: np.ndarray) -> float:
    """Measure how different two photos are where they may be compared: the mean absolute difference."""
    # Both are smoothed: warping alone takes noise away.
    smooth = [cv2.GaussianBlur(grey, (0, 0), 1.5) for grey in (first, _warp_pose(second, pose))]
    return float(np.abs(smooth[0] - smooth[1])[mask > 0].mean())


def _correlate(first: np.ndarray, second: np.ndarray, pose: np.ndarray, mask: np.ndarray) -> float | None:
    """Correlate two photos where they may be compared; None if one of them is flat there."""
    smooth = [cv2.GaussianBlur(grey, (0, 0), 3)[mask > 0] for grey in (first, _warp_pose(second, pose))]
    if min(values.std() for values in smooth) < 1e-3:
        return None
    return float(np.corrcoef(*smooth)[0, 1])


def find_flow(reference: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Find where each pixel of the reference lies in another photo, both shown at one exposure.

    Kroeger et al. 2016 (DIS), as OpenCV has it; the paper's own is Liu's (2009), which takes minutes.

    Args:
        reference: Luma, display-encoded, uint8, (H, W).
        other: Likewise.

    Returns:
        float32, (H, W, 2): x, y of the shift from the reference's pixel to the other's.
    """
    if min(reference.shape) < SMALLEST_LEVEL:
        return np.zeros((*reference.shape, 2), np.float32)
    dis = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    dis.setFinestScale(0 if min(reference.shape) < 512 else 1)
    return dis.calc(reference, other, None)


def bring(
    photo: np.ndarray, alignment: Alignment | None, window: tuple[slice, slice], *, by_flow: bool
) -> tuple[np.ndarray, np.ndarray]:
    """Bring a window of a photo onto the reference, bicubic.

    Args:
        photo: sRGB-encoded codes, uint8 or uint16, (H, W, 3).
        alignment: How it lies; None if it already does.
        window: Of the reference: rows and columns.
        by_flow: Whether by its flow, or by its pose alone.

    Returns:
        Display-encoded, float32, (h, w, 3), [0, 1]; and where it is something, bool, (h, w): beyond the photo's border
        it is not.
    """
    rows, columns = window
    largest = np.float32(np.iinfo(photo.dtype).max)
    if alignment is None or (alignment.stands and not by_flow):
        ldr = photo[rows, columns].astype(np.float32) / largest
        return ldr, np.ones(ldr.shape[:2], bool)
    height, width = photo.shape[:2]
    across = np.arange(columns.start, columns.stop, dtype=np.float32)[np.newaxis]
    down = np.arange(rows.start, rows.stop, dtype=np.float32)[:, np.newaxis]
    if by_flow and alignment.flow is not None:
        flow = _flow_at(alignment.flow, height, width, across, down)
        across, down = across + flow[..., 0], down + flow[..., 1]
    if not alignment.stands:
        pose = alignment.pose.astype(np.float32)
        scale = pose[2, 0] * across + pose[2, 1] * down + pose[2, 2]
        across, down = (
            (pose[0, 0] * across + pose[0, 1] * down + pose[0, 2]) / scale,
            (pose[1, 0] * across + pose[1, 1] * down + pose[1, 2]) / scale,
        )
    # Only the part of the photo that is looked at: OpenCV's maps end at 32767 pixels.
    left, right = (int(np.clip(edge, 0, width - 1)) for edge in (across.min() - 3, across.max() + 4))
    top, bottom = (int(np.clip(edge, 0, height - 1)) for edge in (down.min() - 3, down.max() + 4))
    part = photo[top : bottom + 1, left : right + 1].astype(np.float32) / largest
    ldr = cv2.remap(
        part, across - np.float32(left), down - np.float32(top), cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )
    inside = (across >= -0.5) & (down >= -0.5) & (across <= width - 0.5) & (down <= height - 0.5)
    return np.clip(ldr, 0, 1), inside


def _flow_at(flow: np.ndarray, height: int, width: int, across: np.ndarray, down: np.ndarray) -> np.ndarray:
    """Look a flow up for pixels of the full size: float32, (h, w, 2)."""
    rows, columns = flow.shape[:2]
    if (rows, columns) == (height, width):
        return flow[int(down[0, 0]) : int(down[-1, 0]) + 1, int(across[0, 0]) : int(across[0, -1]) + 1]
    x = ((across + 0.5) * np.float32(columns / width) - 0.5) + np.zeros_like(down)
    y = ((down + 0.5) * np.float32(rows / height) - 0.5) + np.zeros_like(across)
    return cv2.remap(flow, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
