"""A page as PDF (ISO 32000-1:2008), whose text is text: it can be searched, copied and read aloud, and stays sharp.

The font is embedded, as publishers demand. A line with letters that it does not have, such as Chinese ones, is painted
by a font of the system, which may not be embedded as easily, with the same text invisibly above it, as programs that
recognise scanned text do.
"""

import io
import zlib
from collections.abc import Callable

import numpy as np
from PIL import Image

from hdr_demo.figure.fonts import is_own, own_font, own_font_file
from hdr_demo.figure.page import FRAME, FRAME_WIDTH, PAGE_HEIGHT, PAGE_WIDTH, PIXELS_PER_POINT, Page, Placed
from hdr_demo.figure.png import paint_line

JPEG_QUALITY = 95
LOSSLESS_PIXELS = 128 * 128  # of a picture with fewer colours than this; a codec would smear the squares of few pixels
_FIRST, _LAST = 32, 255
_ENCODING = "cp1252"  # WinAnsiEncoding, annex D
_FONT, _INVISIBLE_FONT = b"/F1", b"/F2"
_PER_BLOCK = 100  # ranges in one block of a CMap, Adobe technical note 5014


class _Objects:
    """The numbered objects of a file."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []

    def add(self, body: bytes) -> bytes:
        """Append one and give the reference to it."""
        self.bodies.append(body)
        return b"%d 0 R" % len(self.bodies)

    def add_stream(self, data: bytes, entries: bytes = b"", *, packed: bytes = b"") -> bytes:
        """Append a stream: as it is if `packed` names how it is encoded, else deflated."""
        data = data if packed else zlib.compress(data, 9)
        head = b"<< /Length %d /Filter /%s %s >>" % (len(data), packed or b"FlateDecode", entries)
        return self.add(head + b"\nstream\n" + data + b"\nendstream")

    def encode(self, root: bytes, info: bytes) -> bytes:
        """Write header, objects, the table of where they are (section 7.5.4), and the trailer."""
        file, places = bytearray(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"), []
        for number, body in enumerate(self.bodies, 1):
            places.append(len(file))
            file += b"%d 0 obj\n" % number + body + b"\nendobj\n"
        table = len(file)
        file += b"xref\n0 %d\n0000000000 65535 f \n" % (len(places) + 1)
        file += b"".join(b"%010d 00000 n \n" % place for place in places)
        file += b"trailer\n<< /Size %d /Root %s /Info %s >>\n" % (len(places) + 1, root, info)
        return bytes(file + b"startxref\n%d\n%%%%EOF\n" % table)


def encode_page_pdf(page: Page) -> bytes:
    """Draw a page as a PDF of one page.

    Args:
        page: What is on it.

    Returns:
        The file; the same for the same page.
    """
    objects, content, images = _Objects(), [], []
    fonts: dict[bytes, Callable[[_Objects], bytes]] = {}

    def show(image: bytes, left: float, bottom: float, width: float, height: float) -> None:
        images.append(image)
        content.append(b"q %s 0 0 %s %s %s cm /I%d Do Q" % (*_numbers(width, height, left, bottom), len(images)))

    for placed in page.pictures:
        box = placed.box
        left, bottom = box.left, PAGE_HEIGHT - box.top - box.height
        width, height = (size / PIXELS_PER_POINT for size in placed.codes.shape[1::-1])
        rim = FRAME_WIDTH / 2
        frame = _numbers(left - rim, bottom - rim, width + 2 * rim, height + 2 * rim)
        content.append(b"%s G %s w %s %s %s %s re S" % (*_numbers(FRAME, FRAME_WIDTH), *frame))
        show(_add_picture(objects, placed), left, bottom, width, height)
    for line in page.lines:
        baseline = PAGE_HEIGHT - line.baseline
        begin = b"BT %s g %%s %s Tf %s %s Td" % _numbers(line.ink, line.size, line.left, baseline)
        if is_own(line.text) and _in_encoding(line.text):
            fonts.setdefault(_FONT, _add_font)
            content.append(begin % _FONT + b" (" + _escape(line.text.encode(_ENCODING)) + b") Tj ET")
            continue
        painted = paint_line(line, 2 * PIXELS_PER_POINT)
        height, width = (size / 2 / PIXELS_PER_POINT for size in painted.shape)
        show(_add_stencil(objects, painted, line.ink), line.left, baseline - height / 4, width, height)
        codes = line.text.encode("utf-16-be")
        stretch = 100 * width / (line.size * len(codes) / 2)  # so that a selection covers what is painted
        fonts.setdefault(_INVISIBLE_FONT, _add_invisible_font)
        content.append(begin % _INVISIBLE_FONT + b" 3 Tr %s Tz <%s> Tj ET" % (*_numbers(stretch), codes.hex().encode()))
    resources = b"<< /XObject << %s >> /Font << %s >> >>" % (
        b" ".join(b"/I%d %s" % (number, image) for number, image in enumerate(images, 1)),
        b" ".join(b"%s %s" % (name, add(objects)) for name, add in fonts.items()),
    )
    drawn = objects.add_stream(b"\n".join(content))
    parent = len(objects.bodies) + 2
    sheet = objects.add(
        b"<< /Type /Page /Parent %d 0 R /MediaBox [0 0 %s %s] /Resources %s /Contents %s >>"
        % (parent, *_numbers(PAGE_WIDTH, PAGE_HEIGHT), resources, drawn)
    )
    pages = objects.add(b"<< /Type /Pages /Kids [%s] /Count 1 >>" % sheet)
    root = objects.add(b"<< /Type /Catalog /Pages %s /ViewerPreferences << /DisplayDocTitle true >> >>" % pages)
    title = (b"\xfe\xff" + page.title.encode("utf-16-be")).hex().encode()
    return objects.encode(root, objects.add(b"<< /Title <%s> /Creator (hdr_demo) >>" % title))


def _add_picture(objects: _Objects, placed: Placed) -> bytes:
    codes = placed.codes
    blocks = codes[::PIXELS_PER_POINT, ::PIXELS_PER_POINT]
    repeated = blocks.repeat(PIXELS_PER_POINT, 0).repeat(PIXELS_PER_POINT, 1)[: len(codes), : codes.shape[1]]
    if np.array_equal(repeated, codes) or codes.shape[0] * codes.shape[1] <= LOSSLESS_PIXELS:
        return _add_image(objects, codes)
    file = io.BytesIO()
    Image.fromarray(codes).save(file, "JPEG", quality=JPEG_QUALITY, subsampling=0)
    return objects.add_stream(file.getvalue(), _describe(codes), packed=b"DCTDecode")


def _add_stencil(objects: _Objects, coverage: np.ndarray, ink: float) -> bytes:
    """Add one pixel of ink, stretched under a mask of where it shows (section 11.6.5.3)."""
    mask = _add_image(objects, coverage)
    return objects.add_stream(bytes([round(255 * ink)]), _describe(coverage[:1, :1]) + b" /SMask " + mask)


def _add_image(objects: _Objects, codes: np.ndarray) -> bytes:
    return objects.add_stream(codes.tobytes(), _describe(codes))


def _describe(codes: np.ndarray) -> bytes:
    space = b"/DeviceGray" if codes.ndim == 2 else b"/DeviceRGB"
    head = b"/Type /XObject /Subtype /Image /Width %d /Height %d /BitsPerComponent 8 /ColorSpace %s"
    return head % (codes.shape[1], codes.shape[0], space)


def _add_font(objects: _Objects) -> bytes:
    """Embed the font that Pillow brings along (sections 9.6.2 and 9.8)."""
    data, font = own_font_file(), own_font(1000)
    file = objects.add_stream(data, b"/Length1 %d" % len(data))
    ascent, descent = font.getmetrics()
    name = b"/Aileron-Regular"
    descriptor = objects.add(
        b"<< /Type /FontDescriptor /FontName %s /Flags 32 /FontBBox [-200 -300 1300 1000] /ItalicAngle 0 /Ascent %d "
        b"/Descent %d /CapHeight 710 /StemV 80 /FontFile2 %s >>" % (name, ascent, -descent, file)
    )
    letters = (bytes([code]).decode(_ENCODING, "ignore") for code in range(_FIRST, _LAST + 1))
    widths = b" ".join(
        b"%d" % (round(font.getlength(letter)) if letter and is_own(letter) else 0) for letter in letters
    )
    return objects.add(
        b"<< /Type /Font /Subtype /TrueType /BaseFont %s /FirstChar %d /LastChar %d /Widths [%s] "
        b"/Encoding /WinAnsiEncoding /FontDescriptor %s >>" % (name, _FIRST, _LAST, widths, descriptor)
    )


def _add_invisible_font(objects: _Objects) -> bytes:
    """Describe a font whose codes are those of UTF-16 and whose letters nobody sees (sections 9.7.4 and 9.10.3)."""
    ranges = [b"<%02X00> <%02XFF> <%02X00>" % (high, high, high) for high in range(256)]
    blocks = [ranges[first : first + _PER_BLOCK] for first in range(0, len(ranges), _PER_BLOCK)]
    to_unicode = objects.add_stream(
        b"/CIDInit /ProcSet findresource begin 12 dict begin begincmap\n"
        b"/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def\n"
        b"/CMapName /Adobe-Identity-UCS def /CMapType 2 def\n"
        b"1 begincodespacerange <0000> <FFFF> endcodespacerange\n"
        + b"".join(b"%d beginbfrange\n%s\nendbfrange\n" % (len(block), b"\n".join(block)) for block in blocks)
        + b"endcmap CMapName currentdict /CMap defineresource pop end end\n"
    )
    descriptor = objects.add(
        b"<< /Type /FontDescriptor /FontName /Invisible /Flags 4 /FontBBox [0 0 1000 1000] /ItalicAngle 0 "
        b"/Ascent 800 /Descent -200 /CapHeight 700 /StemV 80 >>"
    )
    letters = objects.add(
        b"<< /Type /Font /Subtype /CIDFontType2 /BaseFont /Invisible /DW 1000 /CIDToGIDMap /Identity "
        b"/CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> /FontDescriptor %s >>" % descriptor
    )
    return objects.add(
        b"<< /Type /Font /Subtype /Type0 /BaseFont /Invisible /Encoding /Identity-H /DescendantFonts [%s] "
        b"/ToUnicode %s >>" % (letters, to_unicode)
    )


def _in_encoding(text: str) -> bool:
    return text == text.encode(_ENCODING, "ignore").decode(_ENCODING)


def _escape(text: bytes) -> bytes:
    return text.replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")


def _numbers(*values: float) -> tuple[bytes, ...]:
    return tuple(b"%.4g" % value if abs(value) < 10 else b"%.3f" % value for value in values)
