"""Photos whose light is known, as the app has them after a pass."""

from hdr_demo.color import encode_srgb
from hdr_demo.expanded import ExpandedPhoto
from hdr_demo.io import Picture
from tests.tonemap.scenes import street


def expanded(height: int, width: int, scale: str = "calibrated") -> ExpandedPhoto:
    """A street, photographed: its sky and lamps are clipped, and known."""
    hdr = street(height, width)
    picture = Picture(name="street", ldr=encode_srgb(hdr), alpha=None, bits=8)
    return ExpandedPhoto(picture, hdr, scale, 1.0)
