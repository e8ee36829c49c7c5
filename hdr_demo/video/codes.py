"""From decoded pictures to the codes of display-encoded sRGB."""

from collections.abc import Callable

import av
import cv2
import numpy as np
from av.video.reformatter import Interpolation, VideoReformatter

from hdr_demo.io.shaper import shaper_of_code_points
from hdr_demo.video.clip import Clip

# The numbers of libswscale for the matrices.
_MATRICES = {"bt709": 1, "bt601": 5, "smpte240m": 7, "bt2020": 9}
# Those of ITU-T H.273, table 2, for the primaries.
PRIMARIES = {"bt709": 1, "bt601-625": 5, "bt601-525": 6, "bt2020": 9, "p3": 12}
_TURNS = {90: cv2.ROTATE_90_COUNTERCLOCKWISE, 180: cv2.ROTATE_180, 270: cv2.ROTATE_90_CLOCKWISE}

# Without ACCURATE_RND and FULL_CHR_H_INT libswscale errs by 3 codes of 255 where chroma is subsampled, with them by no
# more than rounding; it puts the chroma samples where the decoder says that they lie.
_EXACT = (
    Interpolation.BICUBIC | Interpolation.ACCURATE_RND | Interpolation.FULL_CHR_H_INT | Interpolation.FULL_CHR_H_INP
)


def code_reader(clip: Clip, max_side: int | None = None) -> Callable[[av.VideoFrame], np.ndarray]:
    """Prepare the way from a clip's decoded pictures to codes.

    The curve of BT.709 and BT.601 is taken for that of sRGB, because that is how clips are judged when they are made.

    Args:
        clip: What the header says.
        max_side: The longer side of the result; None keeps the size.

    Returns:
        A function from pictures to display-encoded sRGB, uint8, or uint16 for clips of more than 8 bits, (H, W, 3): as
        it is shown, alpha left out. Colours outside sRGB's gamut are clipped to it.
    """
    reformatter = VideoReformatter()
    deep = clip.bits > 8
    kind, maximum = ("rgb48le", 65535) if deep else ("rgb24", 255)
    height, width = clip.size() if clip.rotation % 180 == 0 else clip.size()[::-1]
    convert = shaper_of_code_points(PRIMARIES[clip.primaries], 1).transform(maximum)
    matrix = _MATRICES.get(clip.matrix)
    given = None if matrix is None else 2 if clip.full_range else 1

    def read(picture: av.VideoFrame) -> np.ndarray:
        rgb = reformatter.reformat(
            picture,
            width,  # of the first picture: a stream may change its size
            height,
            kind,
            src_colorspace=matrix,
            src_color_range=given,
            dst_color_range=2,
            interpolation=_EXACT,
        ).to_ndarray()
        if deep:
            rgb = _stretch(rgb, white_code(clip))
        if max_side is not None:
            rows, columns = clip.size(max_side) if clip.rotation % 180 == 0 else clip.size(max_side)[::-1]
            if (rows, columns) != rgb.shape[:2]:
                rgb = cv2.resize(rgb, (columns, rows), interpolation=cv2.INTER_AREA)
        if clip.primaries != "bt709":
            rgb = np.rint(convert(rgb) * np.float32(maximum)).astype(rgb.dtype)
        if clip.mirrored:
            rgb = cv2.flip(rgb, 1)
        if clip.rotation:
            rgb = cv2.rotate(rgb, _TURNS[clip.rotation])
        return np.ascontiguousarray(rgb)

    return read


def white_code(clip: Clip) -> int:
    """Tell the code of 65535 that libswscale gives to the white of a clip of more than 8 bits.

    It shifts codes to the left instead of stretching them: 1023 becomes 65472, and white of limited range, which is 255
    in 8 bits, 65280.
    """
    if clip.full_range or clip.matrix == "rgb":
        return ((1 << clip.bits) - 1) << (16 - clip.bits)
    return 255 << 8


def _stretch(rgb: np.ndarray, white: int) -> np.ndarray:
    """Bring a white, uint16, to 65535; what is brighter is clipped."""
    flat = np.ascontiguousarray(rgb).reshape(len(rgb), -1)
    return cv2.multiply(flat, 65535 / white, dtype=cv2.CV_16U).reshape(rgb.shape)
