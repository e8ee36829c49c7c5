"""hdr_demo: an ordinary photograph becomes high dynamic range."""

__version__ = "0.1.0"
