"""The import of Gradio, without what takes half of its time."""

import subprocess
import sys

_WATCHED = """
import sys
seen = []
sys.addaudithook(lambda event, given: seen.append(str(given[0])) if event == "open" else None)
{importing}
import gradio
assert hasattr(gradio.Slider, "release") and hasattr(gradio.Button, "click")
print(sum(name.endswith(".pyi") for name in seen))
"""


def test_gradio_touches_no_type_stubs() -> None:
    assert _stubs_touched_by("import hdr_demo.ui") == 0


def test_a_late_import_of_the_page_does_no_harm() -> None:
    assert _stubs_touched_by("import gradio, hdr_demo.ui") > 0  # once it is 0, quick_import.py has no purpose any more


def _stubs_touched_by(importing: str) -> int:
    words = [sys.executable, "-c", _WATCHED.format(importing=importing)]
    return int(subprocess.run(words, capture_output=True, text=True, check=True).stdout)
