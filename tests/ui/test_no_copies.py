"""What the app makes lies where Gradio serves files from: it is neither hashed nor copied on its way to the page."""

from pathlib import Path
from types import SimpleNamespace

import gradio as gr
import pytest
from gradio import processing_utils, utils

from hdr_demo.ui.app import build_app


def test_gradio_passes_on_the_files_of_a_visitor_as_they_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: str, *_: object) -> str:
        raise AssertionError(f"{path} was hashed, to be copied")

    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    page = build_app({"none": lambda: None})
    monkeypatch.setattr(processing_utils, "hash_file", refuse)
    made = page.visitors.of(SimpleNamespace(session_hash="a")).new_folder("file") / "beach.exr"
    made.write_bytes(b"light")
    shows = [block for block in page.blocks.values() if isinstance(block, gr.File | gr.Image | gr.Gallery | gr.HTML)]
    assert len(shows) > 10
    for block in shows:
        assert block.move_resource_to_block_cache(str(made)) == str(made)
    assert Path(utils.get_upload_folder()) == tmp_path  # uploads are read where they arrived, too
