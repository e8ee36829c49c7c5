"""The app: a page where a photo becomes HDR, and its named endpoints. One file per tab; `app.py` joins them."""
