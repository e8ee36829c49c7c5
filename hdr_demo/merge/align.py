"""Where a photo's pixels lie in another one of another exposure: as a whole, and pixel by pixel."""

import cv2
import numpy as np

from hdr_demo.color import decode_srgb, encode_srgb

# Levels of the pyramid on which the pose is sought: the smallest has at least so many pixels on its shorter side.
SMALLEST_LEVEL = 32
ECC_STEPS, ECC_CHANGE = 40, 1e-4
# What an alignment has to gain to be worth its interpolation: photos from a tripod stay as they are.
STILL = 0.9
STANDING = np.eye(3, dtype=np.float32)
CLIPPED = 0.98
DARK = 0.02


def expose_to(ldr: np.ndarray, time: float, other: float, *, decode=decode_srgb, encode=encode_srgb) -> np.ndarray:
    """Show a photo as if it had been exposed for another time (Kalantari & Ramamoorthi 2017, LDRtoLDR).

    Args:
        ldr: Display-encoded, float32, (H, W, 3), [0, 1].
        time: Of its exposure.
        other: The time wanted.
        decode: From codes to light.
        encode: Back.

    Returns:
        Display-encoded, float32, (H, W, 3), [0, 1]; clipped where that exposure clips.
    """
    if time == other:
        return ldr
    return encode(np.minimum(decode(ldr) * np.float32(other / time), 1))


def align_pose(reference: np.ndarray, other: np.ndarray, mask: np.ndarray | None = None) -> np.ndarray:
    """Find the homography that brings a photo onto the reference, both shown at one exposure.

    Evangelidis & Psarakis 2008 (ECC), coarse to fine: first a shift with rotation and zoom, then a homography.

    Args:
        reference: Grey, display-encoded, float32, (H, W), [0, 1].
        other: Likewise.
        mask: Where the reference may be compared, uint8, (H, W), 0 or 255.

    Returns:
        float32, (3, 3): from pixels of the reference to pixels of the other; the identity where nothing was found.
    """
    levels = [(reference, other, mask)]
    while min(levels[-1][0].shape) >= 2 * SMALLEST_LEVEL:
        first, second, seen = levels[-1]
        smaller = None if seen is None else cv2.resize(seen, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_NEAREST)
        levels.append((cv2.pyrDown(first), cv2.pyrDown(second), smaller))
        if smaller is not None and smaller.shape != levels[-1][0].shape:
            levels[-1] = (*levels[-1][:2], cv2.resize(seen, levels[-1][0].shape[::-1], interpolation=cv2.INTER_NEAREST))
    criteria = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, ECC_STEPS, ECC_CHANGE)
    warp = np.eye(3, dtype=np.float32)
    for number, (first, second, seen) in enumerate(reversed(levels)):
        finest = number == len(levels) - 1
        try:
            if finest:
                _, warp = cv2.findTransformECC(
                    first, second, warp, cv2.MOTION_HOMOGRAPHY, criteria, inputMask=seen, gaussFiltSize=5
                )
            else:
                _, found = cv2.findTransformECC(
                    first, second, warp[:2].copy(), cv2.MOTION_EUCLIDEAN, criteria, inputMask=seen, gaussFiltSize=5
                )
                warp = np.vstack((found, (0, 0, 1))).astype(np.float32)
        except cv2.error:
            pass
        if not finest:  # of the next level: the centre of a pixel moves too
            up = np.array([[2, 0, 0], [0, 2, 0], [0, 0, 1]], np.float32)
            warp = up @ warp @ np.linalg.inv(up).astype(np.float32)
    return warp if disagree(reference, other, warp, mask) < STILL * disagree(reference, other, None, mask) else STANDING


def disagree(reference: np.ndarray, other: np.ndarray, pose: np.ndarray | None, mask: np.ndarray | None) -> float:
    """Measure how different two photos are where they may be compared, after a pose: the mean absolute difference."""
    if pose is not None:
        other = cv2.warpPerspective(other, pose, other.shape[::-1], flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)
    # Both are smoothed: warping alone takes noise away.
    difference = np.abs(cv2.GaussianBlur(reference, (0, 0), 1.5) - cv2.GaussianBlur(other, (0, 0), 1.5))
    return float(difference.mean() if mask is None else difference[mask > 0].mean())


def find_flow(reference: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Find where each pixel of the reference lies in another photo, both shown at one exposure.

    Kroeger et al. 2016 (DIS), as OpenCV has it.

    Args:
        reference: Grey, display-encoded, uint8, (H, W).
        other: Likewise.

    Returns:
        float32, (H, W, 2): x, y of the shift from the reference's pixel to the other's.
    """
    dis = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    dis.setFinestScale(0 if min(reference.shape) < 512 else 1)
    return dis.calc(reference, other, None)


def warp_flow(image: np.ndarray, flow: np.ndarray) -> np.ndarray:
    """Bring an image onto the reference; what lies beyond its border is NaN."""
    height, width = flow.shape[:2]
    across = np.arange(width, dtype=np.float32) + flow[..., 0]
    down = np.arange(height, dtype=np.float32)[:, np.newaxis] + flow[..., 1]
    return remap(image, across, down)


def warp_pose(image: np.ndarray, pose: np.ndarray, height: int, width: int) -> np.ndarray:
    """Bring an image onto the reference likewise, by a homography."""
    across, down = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    denominator = pose[2, 0] * across + pose[2, 1] * down + pose[2, 2]
    return remap(
        image,
        (pose[0, 0] * across + pose[0, 1] * down + pose[0, 2]) / denominator,
        (pose[1, 0] * across + pose[1, 1] * down + pose[1, 2]) / denominator,
    )


def remap(image: np.ndarray, across: np.ndarray, down: np.ndarray) -> np.ndarray:
    """Look an image up at places, bicubic; NaN beyond its border."""
    height, width = image.shape[:2]
    warped = cv2.remap(image, across, down, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    beyond = (across < 0) | (down < 0) | (across > width - 1) | (down > height - 1)
    np.clip(warped, 0, 1, out=warped)
    warped[beyond] = np.nan
    return warped


def grey(ldr: np.ndarray) -> np.ndarray:
    """Give a picture's luma, float32, (H, W), [0, 1]."""
    return cv2.cvtColor(np.ascontiguousarray(ldr), cv2.COLOR_RGB2GRAY)


def align(
    reference: np.ndarray, other: np.ndarray, reference_time: float, time: float
) -> tuple[np.ndarray, np.ndarray]:
    """Bring a photo onto the reference in two ways.

    Args:
        reference: Display-encoded, float32, (H, W, 3), [0, 1].
        other: Likewise.
        reference_time: Of the reference's exposure.
        time: Of the other's.

    Returns:
        The other photo by its flow, and by one pose for all: display-encoded at its own exposure, float32, (H, W, 3);
        NaN beyond its border.
    """
    height, width = reference.shape[:2]
    shown = max(reference_time, time)
    first, second = grey(expose_to(reference, reference_time, shown)), grey(expose_to(other, time, shown))
    mask = np.where((first < CLIPPED) & (first > DARK), 255, 0).astype(np.uint8)
    pose = align_pose(first, second, mask) if mask.mean() > 12 else STANDING
    posed = other if pose is STANDING else warp_pose(other, pose, height, width)
    seen = np.nan_to_num(grey(expose_to(np.nan_to_num(posed), time, shown)))
    flow = find_flow(np.rint(first * 255).astype(np.uint8), np.rint(seen * 255).astype(np.uint8))
    across, down = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    x, y = across + flow[..., 0], down + flow[..., 1]
    denominator = pose[2, 0] * x + pose[2, 1] * y + pose[2, 2]
    flowed = remap(
        other,
        (pose[0, 0] * x + pose[0, 1] * y + pose[0, 2]) / denominator,
        (pose[1, 0] * x + pose[1, 1] * y + pose[1, 2]) / denominator,
    )
    return flowed, posed
