"""`python app.py`: the same as `python -m hdr_demo app`."""

import sys

from hdr_demo.cli import run_command

if __name__ == "__main__":
    sys.exit(run_command("app", sys.argv[1:], prog="python app.py"))
