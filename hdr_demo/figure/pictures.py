"""The pictures of a figure, at the size that they have on the page."""

import numpy as np

from hdr_demo.color import decode_srgb
from hdr_demo.expanded import ExpandedPhoto
from hdr_demo.figure.page import PIXELS_PER_POINT, Box
from hdr_demo.resize import resize_image

# A photo that is enlarged by more than this shows its pixels as squares.
SQUARES_FROM = 3.0


class FigureSize:
    """A photo and its HDR image at the size of a box on the page."""

    def __init__(self, photo: ExpandedPhoto, box: Box) -> None:
        """Bring both to that size.

        Args:
            photo: The photo and its HDR image.
            box: On the page, in points.
        """
        self._size = max(1, round(box.height * PIXELS_PER_POINT)), max(1, round(box.width * PIXELS_PER_POINT))
        self._alpha = None if photo.alpha is None else self.fit(photo.alpha)[..., np.newaxis]
        self.ldr, self.hdr = self.fit(photo.ldr), self.fit(photo.hdr)
        self.light = decode_srgb(self.ldr)

    def fit(self, image: np.ndarray) -> np.ndarray:
        """Bring an image to that size.

        Args:
            image: Any encoding, float32, (H, W, 3) or (H, W).

        Returns:
            The same encoding, float32, as many channels; pixels that get large are squares.
        """
        height, width = self._size
        if height < SQUARES_FROM * image.shape[0] and width < SQUARES_FROM * image.shape[1]:
            return resize_image(image, height, width)
        rows = np.arange(height) * image.shape[0] // height
        columns = np.arange(width) * image.shape[1] // width
        return image[rows[:, np.newaxis], columns]

    def paint(self, sdr: np.ndarray) -> np.ndarray:
        """Lay a picture of that size on the white page.

        Args:
            sdr: Display-encoded sRGB, float32, (h, w, 3), [0, 1].

        Returns:
            sRGB, uint8, (h, w, 3).
        """
        if self._alpha is not None:
            sdr = 1 + self._alpha * (sdr - 1)
        return np.rint(255 * np.clip(sdr, 0, 1)).astype(np.uint8)
