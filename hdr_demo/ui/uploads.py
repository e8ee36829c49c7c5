"""Inputs that take only what a visitor uploads, as it is."""

from pathlib import Path

import gradio as gr
from gradio.data_classes import FileData
from gradio_client.utils import is_http_url_like

from hdr_demo.ui.text import say


class _UploadsOnly:
    """Refuses links: Gradio would let the server fetch them."""

    drawn_as: str

    def get_block_name(self) -> str:
        """Name the component whose code draws this one."""
        return self.drawn_as

    async def async_move_resource_to_block_cache(self, url_or_file_path: str | Path | None) -> str | None:
        if url_or_file_path is not None and is_http_url_like(str(url_or_file_path)):
            raise gr.Error(say("en", "no_links"), print_exception=False)
        return await super().async_move_resource_to_block_cache(url_or_file_path)

    def preprocess(self, payload: FileData | None) -> str | None:
        """Pass the path on; whether the file is a picture is not Gradio's to decide."""
        return None if payload is None else payload.path


class PhotoInput(_UploadsOnly, gr.Image):
    """An image input that hands over the file as it was uploaded."""

    drawn_as = "image"


class FileInput(_UploadsOnly, gr.File):
    """A file input that hands over the file as it was uploaded."""

    drawn_as = "file"
