"""What a presentation shows: the examples with their light, computed once for all visitors, and drawings of them."""

import tempfile
import threading
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from hdr_demo.exposure import expose
from hdr_demo.io import read_ldr
from hdr_demo.tonemap import TONE_MAPPERS, tone_map
from hdr_demo.ui.examples import Example, find_examples
from hdr_demo.ui.false_color import paint_stops
from hdr_demo.ui.network import Networks
from hdr_demo.ui.pictures import View, make_view, write_drawing
from hdr_demo.ui.session import Shown
from hdr_demo.ui.text import LANGUAGES
from hdr_demo.ui.viewer import link, prepare_viewer

# What a browser without WebGL chooses from.
DRAWN_STOPS = (0.0, -1.0, -2.0, -3.0, -4.0, -5.0, -6.0)


@dataclass(frozen=True)
class Exhibit:
    """A picture that is ready to be presented.

    Attributes:
        view: The photo and its HDR image.
        exact: Whether it is the whole answer: of the photo's own size, and no draft.
        origin: As `ExpandedPhoto.origin`.
        data: What `viewer.prepare_viewer` gives for each language.
    """

    view: View
    exact: bool
    origin: str
    data: dict[str, dict]


class Exhibition:
    """The examples with their light. Whoever asks for one first waits for the network; the others find it."""

    def __init__(self, networks: Networks, folder: Path, examples: Sequence[Example] | None = None) -> None:
        """Begin with nothing computed.

        Args:
            networks: Of these, the default one is asked.
            folder: Where the files are to be made.
            examples: The photos; by default those of the repository.
        """
        chosen = find_examples() if examples is None else examples
        self.examples: dict[str, Example] = {each.path.stem: each for each in chosen}
        self._networks, self._folder = networks, folder
        self._exhibits: dict[str, Exhibit] = {}
        self._drawings: dict[tuple[str, str, bool], str] = {}
        self._locks: defaultdict[tuple[str, bool], threading.Lock] = defaultdict(threading.Lock)

    def preview(self, name: str) -> Exhibit:
        """Give an example as soon as possible: exact if it was computed before, else as a preview."""
        with self._locks[name, False]:
            if name not in self._exhibits:
                self._exhibits.setdefault(name, self._compute(name, exact=False))
            return self._exhibits[name]

    def exact(self, name: str) -> Exhibit:
        """Give an example at its own size."""
        with self._locks[name, True]:
            known = self._exhibits.get(name)
            if known is None or not known.exact:
                self._exhibits[name] = self._compute(name, exact=True)
            return self._exhibits[name]

    def draw(self, name: str, wanted: str) -> str:
        """Give the address of a drawing of an example, one of `DRAWINGS`."""
        ready = self.preview(name)
        key = (name, wanted, ready.exact)
        if key not in self._drawings:
            self._drawings[key] = draw(ready.view, wanted, self._new_folder(name))
        return self._drawings[key]

    def _compute(self, name: str, *, exact: bool) -> Exhibit:
        network, picture = self._networks.of(), read_ldr(self.examples[name].path)
        expanded = (network.expand if exact else network.preview)(picture, "calibrated")
        shown = Shown(expanded, make_view(expanded), exact=expanded.is_exact_for(picture))
        return exhibit(shown, self._new_folder(name))

    def _new_folder(self, name: str) -> Path:
        self._folder.mkdir(parents=True, exist_ok=True)
        return Path(tempfile.mkdtemp(prefix=f"{name}-", dir=self._folder))


def exhibit(shown: Shown, folder: Path, languages: tuple[str, ...] = LANGUAGES) -> Exhibit:
    """Prepare a result for a presentation.

    Args:
        shown: The result.
        folder: An empty one.
        languages: Those of the audience.
    """
    data = {}
    for language in languages:
        (folder / language).mkdir()
        data[language] = prepare_viewer(shown, folder / language, language)
    return Exhibit(shown.view, shown.exact, shown.photo.origin, data)


def draw(view: View, wanted: str, folder: Path) -> str:
    """Draw what a browser cannot draw itself, and give its address.

    Args:
        view: The photo and its HDR image.
        wanted: A key of `DRAWINGS`.
        folder: Where it is to lie.
    """
    return link(write_drawing(folder, wanted, DRAWINGS[wanted](view), view.alpha))


def _exposed(side: str, stops: float) -> Callable[[View], np.ndarray]:
    return lambda view: expose(getattr(view, side), stops)


# What can be drawn, display-encoded sRGB: photo and light at some exposures, as colours, and through each operator.
DRAWINGS: dict[str, Callable[[View], np.ndarray]] = {
    **{f"{side}{stops:+g}": _exposed(side, stops) for side in ("photo", "hdr") for stops in DRAWN_STOPS},
    "photo-colors": lambda view: paint_stops(view.photo),
    "hdr-colors": lambda view: paint_stops(view.hdr),
    **{f"tone-{name}": lambda view, name=name: tone_map(view.hdr, name) for name in TONE_MAPPERS},
}
