"""Digital negatives (Adobe DNG 1.4) spelled tag by tag: a sensor whose three colours are those of linear sRGB."""

import numpy as np
from tiff_bytes import tiff

# From CIE XYZ to the sensor: the inverse of the matrix of IEC 61966-2-1, in ten-thousandths.
XYZ_TO_SENSOR = (32405, -15371, -4985, -9693, 18760, 416, 556, -2040, 10572)
D65 = 21
COLOR_FILTER_ARRAY = 32803
RGGB = (0, 1, 1, 2)


def dng(light: np.ndarray, *, neutral: tuple[int, int, int] = (100, 100, 100)) -> bytes:
    """Expose a Bayer sensor (RGGB, 14 bits above a black level of 512) to linear RGB, (H, W, 3), [0, 1].

    `neutral` is what the sensor says of a white wall, in per cent: the camera's own white balance divides by it.
    """
    mosaic = np.empty(light.shape[:2], np.float64)
    for place, color in enumerate(RGGB):
        row, column = divmod(place, 2)
        mosaic[row::2, column::2] = light[row::2, column::2, color] * neutral[color] / 100
    codes = np.rint(512 + mosaic * (16383 - 512)).astype(np.uint16)
    tags = {
        254: (4, [0]),
        271: (7, b"Pinhole\0"),
        272: (7, b"One\0"),
        33421: (3, [2, 2]),
        33422: (1, list(RGGB)),
        50706: (1, [1, 4, 0, 0]),
        50707: (1, [1, 1, 0, 0]),
        50708: (7, b"Pinhole One\0"),
        50714: (4, [512]),
        50717: (4, [16383]),
        50721: (10, [number for value in XYZ_TO_SENSOR for number in (value, 10000)]),
        50728: (5, [number for value in neutral for number in (value, 100)]),
        50778: (3, [D65]),
    }
    return tiff(codes, photometric=COLOR_FILTER_ARRAY, tags=tags)
