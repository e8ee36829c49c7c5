"""How bright a clip is: MaxCLL and MaxFALL, measured while it is encoded and written into it afterwards.

They stand in the first packet already, when nothing is known of the clip, and again at each key frame. Encoders are
told `PLACEHOLDER`, and when the clip is remuxed every packet goes through `patch_light_level`, which replaces four
bytes and touches no picture.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import ceil

import numpy as np

from hdr_demo.color import brightest_channel

_ROUNDING = 1e-3  # nits; what float32 adds to a peak of 1000 must not make it 1001

# ITU-T H.265: NAL units of SEI messages (table 7-1), and the message with the content light level (D.2.35).
_SEI_UNITS = (39, 40)
_SEI_LIGHT_LEVEL = 144
# AV1 bitstream specification: metadata OBUs (6.2.2), and the type METADATA_TYPE_HDR_CLL (6.7.1).
_METADATA_UNIT = 5
_METADATA_LIGHT_LEVEL = 1
# ISO/IEC 14496-15: libavformat writes the lengths of NAL units in four bytes; hvcC has 22 bytes before its arrays.
_LENGTH_BYTES = 4
_HVCC_BYTES = 22
# AV1 codec ISO media file format binding, 2.3.3: av1C has 4 bytes before its OBUs.
_AV1C_BYTES = 4


@dataclass(frozen=True)
class LightLevel:
    """The content light level of a clip (CTA-861.3-A, annex P).

    Attributes:
        max_cll: The brightest channel of the brightest pixel, cd/m², 1 to 65535.
        max_fall: The mean over a frame of each pixel's brightest channel, in the brightest frame; likewise.
    """

    max_cll: int
    max_fall: int

    @property
    def payload(self) -> bytes:
        """The two numbers as both codecs store them."""
        return self.max_cll.to_bytes(2, "big") + self.max_fall.to_bytes(2, "big")


# What encoders are told before the clip is known.
PLACEHOLDER = LightLevel(1000, 400)


class LightMeter:
    """Measures the light level of a clip, a frame at a time."""

    def __init__(self) -> None:
        self._brightest = self._average = 0.0

    def add(self, nits: np.ndarray) -> None:
        """Look at a frame.

        Args:
            nits: What a display shall emit: linear RGB with the BT.2020 primaries, cd/m², float32, (H, W, 3).
        """
        brightest = brightest_channel(nits)
        self._brightest = max(self._brightest, float(brightest.max()))
        self._average = max(self._average, float(brightest.mean(dtype=np.float64)))

    @property
    def level(self) -> LightLevel:
        """What was found so far."""
        return LightLevel(_whole_nits(self._brightest), _whole_nits(self._average))


def _whole_nits(nits: float) -> int:
    return min(max(ceil(nits - _ROUNDING), 1), 65535)


def patch_light_level(packet: bytes, codec: str, level: LightLevel) -> bytes:
    """Replace the content light level in a packet, if it holds one.

    Args:
        packet: From an mp4 or Matroska file: NAL units after their lengths in four bytes (HEVC), or OBUs (AV1).
        codec: A key of `encoder.CODECS`; H.264 has no light level here and comes back as it is.
        level: What it shall say.

    Returns:
        The packet; its pictures are the same, bit for bit.

    Raises:
        ValueError: If the packet is not what the codec's is.
    """
    return _PATCHERS[codec][0](packet, level.payload)


def patch_header(extradata: bytes, codec: str, level: LightLevel) -> bytes:
    """Replace the content light level in a stream's extradata, hvcC or av1C, as `patch_light_level` does in packets."""
    return _PATCHERS[codec][1](extradata, level.payload)


def _patch_hevc_packet(packet: bytes, payload: bytes) -> bytes:
    return b"".join(
        len(unit).to_bytes(_LENGTH_BYTES, "big") + unit
        for unit in (_patch_unit(unit, payload) for unit in _prefixed(packet, 0, _LENGTH_BYTES, None))
    )


def _patch_hvcc(extradata: bytes, payload: bytes) -> bytes:
    position = _HVCC_BYTES + 1
    result = bytearray(extradata[:position])
    for _ in range(extradata[_HVCC_BYTES]):
        count = int.from_bytes(extradata[position + 1 : position + 3], "big")
        result += extradata[position : position + 3]
        position += 3
        for unit in _prefixed(extradata, position, 2, count):
            position += 2 + len(unit)
            unit = _patch_unit(unit, payload)
            result += len(unit).to_bytes(2, "big") + unit
    return bytes(result) + extradata[position:]


def _prefixed(data: bytes, position: int, length_bytes: int, count: int | None) -> Iterator[bytes]:
    """Yield `count` NAL units that follow their lengths, or all up to the end."""
    while position < len(data) if count is None else count > 0:
        start = position + length_bytes
        position = start + int.from_bytes(data[position:start], "big")
        if position > len(data):
            raise ValueError("a NAL unit is longer than what holds it")
        yield data[start:position]
        count = None if count is None else count - 1


def _patch_unit(unit: bytes, payload: bytes) -> bytes:
    if len(unit) < 2 or unit[0] >> 1 & 0x3F not in _SEI_UNITS:
        return unit
    # H.265, 7.3.1.1: a 3 after two zeros is no part of the contents.
    contents = unit.replace(b"\0\0\3", b"\0\0")
    patched = bytearray(contents)
    for kind, start, size in _messages(contents):
        if kind == _SEI_LIGHT_LEVEL and size == len(payload):
            patched[start : start + size] = payload
    return unit if patched == contents else _prevent_emulation(patched)


def _messages(contents: bytes) -> Iterator[tuple[int, int, int]]:
    """Yield type, start and size of each message in an SEI unit (H.265, 7.3.5); what is left at the end is padding."""
    position, end = 2, len(contents.rstrip(b"\0")) - 1  # without the trailing bits, 0x80
    while position < end:
        kind, position = _sum_of_bytes(contents, position)
        size, position = _sum_of_bytes(contents, position)
        if position + size > end:
            raise ValueError("an SEI message is longer than its unit")
        yield kind, position, size
        position += size


def _sum_of_bytes(contents: bytes, position: int) -> tuple[int, int]:
    """Read a number that is a sum of bytes, all but the last of them 255 (H.265, 7.3.5), and say where it ends."""
    value = 0
    for byte in contents[position:]:
        position += 1
        value += byte
        if byte != 0xFF:
            return value, position
    raise ValueError("a number in an SEI message has no end")


def _prevent_emulation(contents: bytes) -> bytes:
    """Put a 3 after two zeros wherever 0, 1, 2 or 3 follows, so that no start code appears (H.265, 7.4.2)."""
    result, zeros = bytearray(), 0
    for byte in contents:
        if zeros == 2 and byte <= 3:
            result.append(3)
            zeros = 0
        result.append(byte)
        zeros = zeros + 1 if byte == 0 else 0
    return bytes(result)


def _patch_obus(data: bytes, payload: bytes, position: int = 0) -> bytes:
    patched = bytearray(data)
    while position < len(data):
        header = data[position]
        position += 2 if header & 0x04 else 1  # obu_extension_flag
        size, position = _leb128(data, position) if header & 0x02 else (len(data) - position, position)
        if position + size > len(data):
            raise ValueError("an OBU is longer than what holds it")
        if header >> 3 & 0x0F == _METADATA_UNIT:
            kind, start = _leb128(data, position)
            if kind == _METADATA_LIGHT_LEVEL and start + len(payload) <= position + size:
                patched[start : start + len(payload)] = payload
        position += size
    return bytes(patched)


def _leb128(data: bytes, position: int) -> tuple[int, int]:
    """Read a number of up to 8 bytes with 7 bits each, the lowest first (AV1, 4.10.5), and say where it ends."""
    value = 0
    for index in range(8):
        if position + index >= len(data):
            break
        byte = data[position + index]
        value |= (byte & 0x7F) << 7 * index
        if not byte & 0x80:
            return value, position + index + 1
    raise ValueError("a length of an OBU has no end")


def _keep(data: bytes, payload: bytes) -> bytes:
    return data


# Of packets, and of extradata.
_PATCHERS: dict[str, tuple[Callable[[bytes, bytes], bytes], Callable[[bytes, bytes], bytes]]] = {
    "h264": (_keep, _keep),
    "av1": (_patch_obus, lambda extradata, payload: _patch_obus(extradata, payload, _AV1C_BYTES)),
    "hevc": (_patch_hevc_packet, _patch_hvcc),
}
