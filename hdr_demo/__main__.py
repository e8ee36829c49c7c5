"""`python -m hdr_demo`."""

import sys

from hdr_demo.cli import main

if __name__ == "__main__":
    sys.exit(main())
