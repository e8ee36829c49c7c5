"""Another size for an image."""

import cv2
import numpy as np


def resize_image(image: np.ndarray, height: int, width: int) -> np.ndarray:
    """Resize an image: means of pixels where it gets smaller, bicubic where it gets larger.

    Args:
        image: Any encoding, float32, (H, W, 3) or (H, W), any range.
        height: Of the result, in pixels.
        width: Of the result, in pixels.

    Returns:
        The same encoding, float32, (height, width, 3) or (height, width), within the range of `image`.
    """
    if image.shape[:2] == (height, width):
        return image
    low, high = image.min(), image.max()  # bicubic overshoots at edges
    # Each direction by its own rule: INTER_AREA enlarges by repeating pixels.
    for rows, columns in ((height, image.shape[1]), (height, width)):
        if (rows, columns) == image.shape[:2]:
            continue
        shrinks = rows * columns < image.shape[0] * image.shape[1]
        image = cv2.resize(image, (columns, rows), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC)
    return np.clip(image, low, high, out=image)


def fit_size(height: int, width: int, max_pixels: int) -> tuple[int, int]:
    """Find the size that an image may have at the most, its aspect kept.

    Args:
        height: Of the image.
        width: Of the image.
        max_pixels: The most pixels that the result may have, at least 1.

    Returns:
        Height and width, each at least 1; those given if they fit.
    """
    factor = (max_pixels / (height * width)) ** 0.5
    if factor >= 1:
        return height, width
    short = max(1, int(min(height, width) * factor))
    long = min(max(1, round(max(height, width) * factor)), max(1, max_pixels // short))
    return (short, long) if height <= width else (long, short)
