"""The app: a page where a photo becomes HDR, and its named endpoints. One file per tab; `app.py` joins them."""

from hdr_demo.ui.quick_import import write_no_stubs

write_no_stubs()  # before any file of this folder imports Gradio
