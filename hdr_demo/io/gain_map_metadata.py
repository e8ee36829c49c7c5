"""What a gain map's codes mean, as files say it: in binary (ISO 21496-1, annex C) and in XMP (Adobe's version 1)."""

import re
import struct
from fractions import Fraction
from xml.etree import ElementTree

from hdr_demo.io.gain_map import OFFSET, GainMap

ISO_NAME = b"urn:iso:std:iso:ts:21496:-1\0"
XMP_NAME = b"http://ns.adobe.com/xap/1.0/\0"
# Versions: the least that a reader needs, and the writer's.
ISO_VERSION = struct.pack(">HH", 0, 0)
_ONE_FOR_EACH, _BASE_COLOURS, _BACKWARD, _ONE_DENOMINATOR = 0x80, 0x40, 0x04, 0x08
_DENOMINATOR = 10**6

_HDRGM = "http://ns.adobe.com/hdr-gain-map/1.0/"
_CONTAINER = "http://ns.google.com/photos/1.0/container/"
_ITEM = "http://ns.google.com/photos/1.0/container/item/"
_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_PACKET = (
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="{rdf}"><rdf:Description rdf:about="" {names}>{inside}'
    "</rdf:Description></rdf:RDF></x:xmpmeta>"
)


def pack_iso(gain_map: GainMap) -> bytes:
    """Spell out a gain map's numbers as ISO 21496-1 does, behind the name `ISO_NAME`."""
    flags = _ONE_FOR_EACH | (_BASE_COLOURS if gain_map.in_base_colours else 0)
    packed = ISO_VERSION + struct.pack(">B", flags)
    packed += _rational(gain_map.base_headroom) + _rational(gain_map.headroom)
    for numbers in zip(
        gain_map.low, gain_map.high, gain_map.gamma, gain_map.base_offset, gain_map.alternate_offset, strict=True
    ):
        packed += b"".join(_rational(number) for number in numbers)
    return packed


def _rational(number: float) -> bytes:
    fraction = Fraction(number).limit_denominator(_DENOMINATOR)
    return struct.pack(">iI", fraction.numerator, fraction.denominator)


def unpack_iso(packed: bytes) -> GainMap:
    """Understand the numbers of ISO 21496-1; also with one denominator for all, as libultrahdr writes them.

    Raises:
        ValueError: If they are broken, or of a later version.
    """
    try:
        least_version, _, flags = struct.unpack_from(">HHB", packed)
        if least_version:
            raise ValueError("a later version")
        channels = 3 if flags & _ONE_FOR_EACH else 1
        count = 2 + 5 * channels
        # Which numbers have a sign: smallest and largest gain, and both offsets.
        signs = ["I", "I", *"iiIii" * channels]
        if flags & _ONE_DENOMINATOR:
            common, *numerators = struct.unpack_from(">I" + "".join(signs), packed, 5)
            numbers = [numerator / common for numerator in numerators]
        else:
            pairs = struct.unpack_from(">" + "".join(sign + "I" for sign in signs), packed, 5)
            numbers = [pairs[2 * index] / pairs[2 * index + 1] for index in range(count)]
    except (struct.error, ZeroDivisionError) as error:
        raise ValueError("the gain map's numbers are broken") from error
    if flags & _BACKWARD:
        raise ValueError("the base image is the HDR one")
    rows = [tuple(numbers[2 + row :: 5][index % channels] for index in range(3)) for row in range(5)]
    return GainMap(*rows, numbers[0], numbers[1], bool(flags & _BASE_COLOURS))


def pack_xmp(gain_map: GainMap) -> bytes:
    """Spell out a gain map's numbers as XMP, for the map's own picture."""
    numbers = {
        "GainMapMin": gain_map.low,
        "GainMapMax": gain_map.high,
        "Gamma": gain_map.gamma,
        "OffsetSDR": gain_map.base_offset,
        "OffsetHDR": gain_map.alternate_offset,
    }
    single = {
        "Version": "1.0",
        "HDRCapacityMin": f"{gain_map.base_headroom:.6f}",
        "HDRCapacityMax": f"{gain_map.headroom:.6f}",
        "BaseRenditionIsHDR": "False",
    }
    single |= {name: f"{row[0]:.6f}" for name, row in numbers.items() if len(set(row)) == 1}
    several = "".join(
        f"<hdrgm:{name}><rdf:Seq>{''.join(f'<rdf:li>{number:.6f}</rdf:li>' for number in row)}</rdf:Seq></hdrgm:{name}>"
        for name, row in numbers.items()
        if len(set(row)) > 1
    )
    names = f'xmlns:hdrgm="{_HDRGM}" ' + " ".join(f'hdrgm:{name}="{value}"' for name, value in single.items())
    return _PACKET.format(rdf=_RDF, names=names, inside=several).encode("ascii")


def pack_directory(map_bytes: int) -> bytes:
    """Say in XMP, for the base image, that a gain map of so many bytes follows (Google's container)."""
    item = '<rdf:li rdf:parseType="Resource"><Container:Item Item:Semantic="{}" Item:Mime="image/jpeg"{}/></rdf:li>'
    items = item.format("Primary", "") + item.format("GainMap", f' Item:Length="{map_bytes}"')
    inside = f"<Container:Directory><rdf:Seq>{items}</rdf:Seq></Container:Directory>"
    names = f'xmlns:Container="{_CONTAINER}" xmlns:Item="{_ITEM}" xmlns:hdrgm="{_HDRGM}" hdrgm:Version="1.0"'
    return _PACKET.format(rdf=_RDF, names=names, inside=inside).encode("ascii")


def unpack_xmp(packet: bytes) -> GainMap:
    """Understand the numbers that Adobe's specification puts into the map's XMP.

    Raises:
        ValueError: If they are missing or broken.
    """
    tree = parse_xmp(packet)
    if text_of(tree, "BaseRenditionIsHDR").strip().lower() == "true":
        raise ValueError("the base image is the HDR one")
    defaults = {"GainMapMin": 0.0, "Gamma": 1.0, "OffsetSDR": OFFSET, "OffsetHDR": OFFSET}
    rows = [
        _three(tree, name, defaults.get(name))
        for name in ("GainMapMin", "GainMapMax", "Gamma", "OffsetSDR", "OffsetHDR")
    ]
    base_headroom, headroom = (
        _three(tree, name, least)[0] for name, least in (("HDRCapacityMin", 0.0), ("HDRCapacityMax", None))
    )
    return GainMap(*rows, base_headroom, headroom)


def map_length(packet: bytes) -> int | None:
    """Read from the base image's XMP how many bytes the gain map behind it has; None where it does not say."""
    try:
        tree = parse_xmp(packet)
    except ValueError:
        return None
    for item in tree.iter():
        if item.get(f"{{{_ITEM}}}Semantic") == "GainMap" and (item.get(f"{{{_ITEM}}}Length") or "").isdecimal():
            return int(item.get(f"{{{_ITEM}}}Length"))
    return None


def promises_gain_map(packet: bytes) -> bool:
    """Tell whether the XMP of a base image says that a gain map follows."""
    return re.search(rb"hdrgm:Version|Semantic\s*=\s*[\"']GainMap|Semantic>\s*GainMap", packet) is not None


def parse_xmp(packet: bytes) -> ElementTree.Element:
    """Parse an XMP packet.

    Raises:
        ValueError: If it is broken, or has declarations.
    """
    if b"<!" in packet:  # declarations, which have no place in XMP, can make a parser run for ever
        raise ValueError("the XMP has declarations")
    start, end = packet.find(b"<x:xmpmeta"), packet.rfind(b"</x:xmpmeta>")
    if start < 0 or end < 0:
        start, end = packet.find(b"<rdf:RDF"), packet.rfind(b"</rdf:RDF>") - 2
    try:
        return ElementTree.fromstring(packet[start : end + 12] if start >= 0 else packet)
    except (ElementTree.ParseError, ValueError, LookupError) as error:
        raise ValueError("the XMP is broken") from error


def text_of(tree: ElementTree.Element, name: str, namespace: str = _HDRGM) -> str:
    """Find a property, an attribute or an element; "" where it is missing, several numbers separated by spaces."""
    key = f"{{{namespace}}}{name}"
    for element in tree.iter():
        if key in element.attrib:
            return element.attrib[key]
        if element.tag == key:
            return " ".join(part.text or "" for part in element.iter(f"{{{_RDF}}}li")) or (element.text or "")
    return ""


def _three(tree: ElementTree.Element, name: str, default: float | None) -> tuple[float, float, float]:
    numbers = [float(word) for word in text_of(tree, name).replace(",", " ").split()]
    if not numbers and default is not None:
        numbers = [default]
    if len(numbers) not in (1, 3):
        raise ValueError(f"{name} has {len(numbers)} numbers")
    return tuple(numbers[index % len(numbers)] for index in range(3))
