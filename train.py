"""`python train.py`: the same as `python -m hdr_demo train`."""

import sys

from hdr_demo.cli import run_command

if __name__ == "__main__":
    sys.exit(run_command("train", sys.argv[1:], prog="python train.py"))
