"""What may be chosen about a merge; apart from what does it, so that choices are offered before torch is loaded."""

METHODS: dict[str, str] = {
    "selector": "hdr_demo's selector",
    "wie": "WIE (Kalantari & Ramamoorthi 2017)",
    "we": "WE (Kalantari & Ramamoorthi 2017)",
    "direct": "Direct (Kalantari & Ramamoorthi 2017)",
    "triangle": "triangle weights",
    "debevec": "Debevec & Malik 1997 (OpenCV)",
    "robertson": "Robertson et al. 2003 (OpenCV)",
    "mertens": "Mertens et al. 2007, exposure fusion (OpenCV)",
    "reference": "the reference alone",
}
DEFAULT_METHOD = "selector"
ALIGNMENTS = ("flow", "pose", "none")
BORDERS = ("fill", "crop")
