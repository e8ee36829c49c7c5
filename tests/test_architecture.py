"""The package is a stack: imports run upward only, and a heavy library comes in through its own door.

The rows are those of the map in README.md. A room is a module or a package directly under `hdr_demo`; the modules of
one package may import one another, rooms of one row may not.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / "hdr_demo"

ROWS = (
    {"errors", "color", "strips"},
    {"exposure", "reading", "metrics", "model", "device", "resize", "guided", "panorama"},
    {"tonemap", "io", "calibration", "weights", "backends"},
    {"camera", "inference", "expanded", "bracket"},
    {"pyramid", "draft", "gained", "merge"},
    {"photo", "scenes", "figure"},
    {"evaluation", "video", "batch"},
    {"training", "archive"},
    {"ui"},
    {"cli"},
    {"__main__"},
)
ROW_OF = {room: row for row, rooms in enumerate(ROWS) for room in rooms}

# Where a heavy library may be imported: a room, or a module of it.
DOORS = {
    "torch": {
        "model",
        "device",
        "backends",
        "inference",
        "weights",
        "training",
        "merge",
        "cli.bench_machine",
        "cli.bench_network",
    },
    "cv2": {
        "camera",
        "evaluation.pictures",
        "pyramid",
        "draft",
        "metrics",
        "resize",
        "guided",
        "tonemap",
        "io",
        "training.loading",
        "training.bracket_album",
        "bracket",
        "merge",
        "scenes.brackets",
        "video",
    },
    "PIL": {"io", "figure", "batch.contact_sheet", "batch.thumbnails", "training.chart", "training.strip"},
    "ncnn": {"backends.ncnn_tiles"},
    "rawpy": {"io"},
    "pillow_heif": {"io"},
    "OpenEXR": {"io"},
    "OpenImageIO": {"io.jxl_pq"},
    "huggingface_hub": {"weights"},
    "safetensors": {"weights"},
    "gradio": {"ui"},
    "gradio_client": {"ui"},
    "starlette": {"ui"},
    "spaces": {"ui"},
    "ray": {"archive.places"},
    "tqdm": {"cli"},
    "av": {"video", "io.svt"},
    "pycvvdp": {"evaluation.jod"},
}

NO_NAMES = {"utils", "util", "common", "helpers", "helper", "misc"}


def name_of(path: Path) -> str:
    """Name a module below the package: `io.ldr`; a package's `__init__` is the package."""
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(tree: ast.AST, module: str, is_package: bool) -> Iterator[tuple[int, str]]:
    """Yield the line and the full name of everything that is imported, wherever in the file."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            source = node.module or ""
            if node.level:
                here = ["hdr_demo", *module.split(".")]
                keep = len(here) - node.level + (1 if is_package else 0)
                source = ".".join([*here[:keep], *([node.module] if node.module else [])])
            yield from ((node.lineno, f"{source}.{alias.name}") for alias in node.names)


def faults(module: str, source: str, *, is_package: bool = False) -> list[str]:
    """Find what one module does against the rules of the house."""
    tree = ast.parse(source)
    room = module.split(".")[0]
    found = []
    for line, name in imports(tree, module, is_package):
        top, *rest = name.split(".")
        if top == "hdr_demo":
            other = rest[0] if rest else ""
            if other in ROW_OF and other != room and ROW_OF[other] >= ROW_OF.get(room, -1):
                found.append(f"{module}:{line} imports {other}, which does not stand above it")
        elif top in DOORS and not {room, module} & DOORS[top]:
            found.append(f"{module}:{line} imports {top}, whose doors are {sorted(DOORS[top])}")
    for node in ast.walk(tree):
        if isinstance(node, ast.ExceptHandler) and node.type is None:
            found.append(f"{module}:{node.lineno} has a bare except")
        called = node.func if isinstance(node, ast.Call) else None
        if isinstance(called, ast.Name) and called.id == "print" and room not in ("cli", "__main__"):
            found.append(f"{module}:{node.lineno} prints")
    return found


MODULES = sorted(PACKAGE.rglob("*.py"))


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_module_keeps_the_rules_of_the_house(path: Path):
    assert faults(name_of(path), path.read_text(encoding="utf-8"), is_package=path.name == "__init__.py") == []


def test_every_room_has_a_row_and_every_row_its_rooms():
    rooms = {name_of(path).split(".")[0] for path in MODULES} - {""}
    assert rooms == set(ROW_OF)


def test_no_module_is_a_drawer_for_everything():
    assert [name_of(path) for path in MODULES if path.stem in NO_NAMES or path.parent.name in NO_NAMES] == []


@pytest.mark.parametrize(
    "module, source",
    [
        ("color", "from hdr_demo.exposure import DEFAULT_STOPS"),
        ("io.ldr", "def read():\n    from hdr_demo import tonemap"),
        ("io.ldr", "from ..photo import PhotoExpander"),
        ("ui.app", "import hdr_demo.cli.expand"),
        ("tonemap.table", "import torch"),
        ("photo", "from PIL import Image"),
        ("cli.expand", "import torch.nn as nn"),
        ("photo", "print('done')"),
        ("weights.hub", "try:\n    pass\nexcept:\n    pass"),
    ],
)
def test_a_fault_is_found(module: str, source: str):
    assert len(faults(module, source)) == 1


@pytest.mark.parametrize(
    "module, source",
    [
        ("io.ldr", "from hdr_demo.io.png import read_png"),
        ("io.ldr", "from .png import read_png"),
        ("photo", "from hdr_demo import __version__, io"),
        ("cli.bench_network", "import torch"),
        ("cli.app", "from hdr_demo.ui.app import main\nprint(main)"),
    ],
)
def test_what_is_allowed_passes(module: str, source: str):
    assert faults(module, source) == []


def test_importing_any_module_loads_no_model_and_starts_no_cuda():
    loads = "load_model", "load_photo_expander", "find_checkpoint"
    for path in MODULES:
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            called = {
                call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
                for call in ast.walk(node)
                if isinstance(call, ast.Call)
            }
            if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.If):
                assert not called & {*loads, "is_available", "cuda"}, f"{name_of(path)}:{node.lineno}"
