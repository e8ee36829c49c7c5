"""A bracket as a visitor gave it: a small picture of each photo, its exposure time, and which one is the reference."""

import html
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from hdr_demo.bracket import check_sizes, choose_reference, decide_times, estimate_times, read_exposure
from hdr_demo.errors import BracketError
from hdr_demo.io import read_ldr
from hdr_demo.resize import fit_size, resize_image
from hdr_demo.ui.examples import draw_thumbnail
from hdr_demo.ui.text import say, say_stops

# What times are estimated from.
SMALL_PIXELS = 200_000
EXIF, TYPED, ESTIMATED = "exif", "typed", "estimated"
# What most cameras are set to, where nothing else is known.
GUESSED_STOPS = 2.0
DIGITS, ESTIMATED_DIGITS = 4, 3
# Shorter times are written as fractions, as cameras write them.
SHORTEST_DECIMAL = 0.3


@dataclass(frozen=True)
class GivenPhoto:
    """One photo of a bracket.

    Attributes:
        upload: What the browser's list calls it.
        path: The visitor's own copy.
        thumbnail: A small picture, as a `data:` address.
        small: A reduced copy, display-encoded sRGB, uint8, (h, w, 3).
        size: Height and width.
        seconds: The exposure time in EXIF; None where there is none.
        gain: How much the exposure is for each second: ISO / 100 / FNumber², as far as EXIF tells them.
        time: What stands in the table: seconds, or multiples of the reference's exposure where it was estimated.
        source: Where `time` is from: `EXIF`, `TYPED` or `ESTIMATED`.
    """

    upload: Path
    path: Path
    thumbnail: str
    small: np.ndarray
    size: tuple[int, int]
    seconds: float | None
    gain: float
    time: float = 1.0
    source: str = ESTIMATED

    def move_to(self, path: Path) -> "GivenPhoto":
        """Give the same photo with another copy."""
        return replace(self, path=path)

    @property
    def key(self) -> str:
        """What the page calls it; names may come twice."""
        return self.path.parent.name

    @property
    def digits(self) -> int:
        """How many digits of the time are worth showing."""
        return ESTIMATED_DIGITS if self.source == ESTIMATED else DIGITS

    @property
    def said(self) -> str:
        """What stands in the table."""
        return say_time(self.time, self.digits)

    @property
    def exposure(self) -> float:
        """What counts: of two photos, the ratio of these is the ratio of their light."""
        return self.time if self.source == ESTIMATED else self.time * self.gain


@dataclass(frozen=True)
class GivenBracket:
    """The photos, from the shortest exposure to the longest.

    Attributes:
        photos: At least one.
        reference: The key of the one that is the reference.
        guessed: Whether neither EXIF nor the pictures tell the times.
    """

    photos: tuple[GivenPhoto, ...]
    reference: str
    guessed: bool = False

    @property
    def reference_number(self) -> int:
        """Which of the photos is the reference."""
        return next(number for number, photo in enumerate(self.photos) if photo.key == self.reference)

    @property
    def has_exif(self) -> bool:
        """Whether EXIF tells the times of all."""
        return all(photo.seconds is not None for photo in self.photos)

    @property
    def source(self) -> str:
        """Where the times are from: typed, if one of them is."""
        sources = {photo.source for photo in self.photos}
        return TYPED if TYPED in sources else sources.pop()


def read_photo(upload: Path, path: Path, max_megapixels: float) -> GivenPhoto:
    """Read a photo, and keep little of it.

    Raises:
        ImageError: If it is no picture, damaged or too big.
    """
    ldr = read_ldr(path, max_megapixels=max_megapixels).ldr
    small = resize_image(ldr, *fit_size(*ldr.shape[:2], SMALL_PIXELS))
    codes = np.rint(np.clip(small, 0, 1) * 255).astype(np.uint8)
    exposure = read_exposure(path)
    seconds, gain = (None, 1.0) if exposure is None else (exposure.seconds, exposure.gain)
    return GivenPhoto(upload, path, draw_thumbnail(small), codes, ldr.shape[:2], seconds, gain)


def lay_out(photos: Sequence[GivenPhoto], *, source: str = "") -> GivenBracket:
    """Put photos into the order of their exposures, and choose the reference.

    Args:
        photos: In any order.
        source: Where the times are to be from, `EXIF` or `ESTIMATED`; by default EXIF, where it is there and does not
            contradict the pictures.

    Raises:
        BracketError: If the photos have different sizes.
    """
    names, small = [photo.path.name for photo in photos], [photo.small for photo in photos]
    check_sizes(names, [photo.size for photo in photos])
    told = [None if photo.seconds is None else photo.seconds * photo.gain for photo in photos]
    guessed = False
    if None not in told and (source == EXIF or len(photos) == 1):
        times, found = told, EXIF
    else:
        try:
            times, found = _read_times(small, told, names, source)
        except BracketError:
            known = None not in told and not source
            times, found = (told, EXIF) if known else (_guess_times(small), ESTIMATED)
            guessed = not known
    timed = [
        replace(photo, time=photo.seconds if found == EXIF else time, source=found)
        for photo, time in zip(photos, times, strict=True)
    ]
    timed.sort(key=lambda photo: photo.exposure)
    reference = choose_reference([photo.small for photo in timed], [photo.exposure for photo in timed])
    if found == ESTIMATED:
        unit = timed[reference].time
        timed = [replace(photo, time=photo.time / unit) for photo in timed]
    return GivenBracket(tuple(timed), timed[reference].key, guessed)


def _read_times(
    small: Sequence[np.ndarray], told: Sequence[float | None], names: Sequence[str], source: str
) -> tuple[Sequence[float], str]:
    if source == ESTIMATED:
        return estimate_times(small), ESTIMATED
    times, found, _ = decide_times(small, told, names)
    return times, EXIF if found == "EXIF" else ESTIMATED


def _guess_times(small: Sequence[np.ndarray]) -> list[float]:
    """Guess that the brighter of two photos was exposed `GUESSED_STOPS` longer."""
    order = sorted(range(len(small)), key=lambda number: float(small[number].mean()))
    return [2.0 ** (GUESSED_STOPS * order.index(number)) for number in range(len(small))]


def type_time(bracket: GivenBracket, key: str, time: float) -> GivenBracket:
    """Take the exposure time that was typed for the photo of a key."""
    # Among multiples that were estimated, what is typed is a multiple too, whatever ISO and aperture were.
    multiples = any(photo.source == ESTIMATED for photo in bracket.photos)
    photos = []
    for photo in bracket.photos:
        if photo.key == key and photo.said != say_time(time, photo.digits):
            photo = replace(photo, time=time, source=TYPED, gain=1.0 if multiples else photo.gain)
        photos.append(photo)
    return replace(bracket, photos=tuple(sorted(photos, key=lambda photo: photo.exposure)))


def refer_to(bracket: GivenBracket, key: str) -> GivenBracket:
    """Make the photo of a key the reference."""
    known = any(photo.key == key for photo in bracket.photos)
    return replace(bracket, reference=key) if known else bracket


def say_time(time: float, digits: int = DIGITS) -> str:
    """Write an exposure time as cameras do, "1/250", "0.4", "30", with no more digits than it deserves."""
    return f"1/{_write(1 / time, digits)}" if time < SHORTEST_DECIMAL else _write(time, digits)


def _write(number: float, digits: int) -> str:
    rounded = float(f"{number:.{digits}g}")
    return f"{rounded:.0f}" if rounded >= 10**digits else f"{rounded:g}"


def draw_photos(bracket: GivenBracket, language: str) -> str:
    """Draw the photos as a table, in HTML; bracket_photos.js reports what is typed and chosen in it."""
    columns = "".join(
        f'<th scope="col">{html.escape(say(language, f"bracket_column_{column}"))}</th>'
        for column in ("photo", "time", "stops", "reference")
    )
    rows = "".join(_draw_row(photo, bracket, language) for photo in bracket.photos)
    caption = html.escape(say(language, "bracket_table"))
    key = bracket.source
    if key == ESTIMATED:
        key = "guessed" if bracket.guessed else "against_exif" if bracket.has_exif else key
    notes = "".join(f"<p>{html.escape(say(language, f'bracket_note_{name}'))}</p>" for name in (key, "reference"))
    return (
        f'<table class="bracket-photos" data-source="{bracket.source}"><caption>{caption}</caption>'
        f'<thead><tr>{columns}</tr></thead><tbody>{rows}</tbody></table><div class="note">{notes}</div>'
    )


def _draw_row(photo: GivenPhoto, bracket: GivenBracket, language: str) -> str:
    middle = bracket.photos[bracket.reference_number]
    name = html.escape(photo.path.name)
    is_reference = photo.key == bracket.reference
    unit = "×" if photo.source == ESTIMATED else say(language, "bracket_seconds")
    source = say(language, f"bracket_source_{photo.source}")
    stops = say_stops(math.log2(photo.exposure / middle.exposure))
    time_of = html.escape(say(language, "bracket_time_of", name=photo.path.name))
    reference_of = html.escape(say(language, "bracket_reference_of", name=photo.path.name))
    return (
        f'<tr data-source="{photo.source}"><th scope="row"><img src="{photo.thumbnail}" alt="">'
        f'<span dir="auto">{name}</span></th>'
        f'<td><span class="bracket-time"><input type="text" inputmode="text" autocomplete="off" spellcheck="false" '
        f'size="7" data-key="{photo.key}" value="{photo.said}" aria-label="{time_of}">'
        f"<span>{unit}</span></span><small>{html.escape(source)}</small></td>"
        f'<td class="bracket-stops">{stops}</td>'
        f'<td><input type="radio" name="bracket-reference" data-key="{photo.key}" '
        f'aria-label="{reference_of}"{" checked" if is_reference else ""}></td></tr>'
    )
