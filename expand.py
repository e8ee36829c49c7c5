"""`python expand.py`: the same as `python -m hdr_demo expand`."""

import sys

from hdr_demo.cli import run_command

if __name__ == "__main__":
    sys.exit(run_command("expand", sys.argv[1:], prog="python expand.py"))
