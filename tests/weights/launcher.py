"""Launches of the program in a process of its own, as the Hub's client reads its settings when it is imported.

Run as a script it is that process: one order in JSON on a line of stdin, one answer in JSON on a line of stdout.
"""

import contextlib
import dataclasses
import io
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

# In place of `hub.FETCH_SECONDS`, to test faster.
FETCH_SECONDS = 3.0

ROOT = Path(__file__).resolve().parents[2]


class Launcher:
    """A process that finds and publishes checkpoints on a Hub of our own."""

    def __init__(self, endpoint: str, home: Path, bundled: Path, **environment: str) -> None:
        inherited = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("HF_", "HDR_DEMO_")) and not name.lower().endswith("_proxy")
        }
        # Without Xet, a protocol of its own, files go up by LFS.
        settings = {"HF_ENDPOINT": endpoint, "HF_HOME": str(home), "HF_HUB_DISABLE_XET": "1", "PYTHONPATH": str(ROOT)}
        self._process = subprocess.Popen(
            [sys.executable, __file__, str(bundled)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**inherited, **settings, **environment},
        )

    def find(self, spec: str | None = None, **options: object) -> SimpleNamespace:
        """Find and load a checkpoint; the answer has its fields, or `error`, and `seconds`."""
        return self._order(do="find", spec=spec, **options)

    def publish(self, *arguments: str, token: str | None = None) -> SimpleNamespace:
        """Run the sub-command; the answer has `code`, `out` and `err`."""
        return self._order(do="publish", arguments=arguments, token=token)

    def set_default(self, name: str, sha256: str, revision: str) -> None:
        """Add a checkpoint on the Hub to the table and make it the default."""
        self._order(do="set_default", name=name, sha256=sha256, revision=revision)

    def close(self) -> None:
        """End the process."""
        self._process.stdin.close()
        self._process.kill()
        self._process.wait()
        self._process.stdout.close()

    def _order(self, **order: object) -> SimpleNamespace:
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        return SimpleNamespace(**json.loads(self._process.stdout.readline()))


def _serve(bundled: Path) -> None:
    import hashlib

    from hdr_demo.cli import main
    from hdr_demo.errors import WeightsError
    from hdr_demo.weights import KnownCheckpoint, find_checkpoint, hub, load_model, table

    hub.FETCH_SECONDS = FETCH_SECONDS
    table.BUNDLED_FOLDER = bundled.parent
    sha256 = hashlib.sha256(bundled.read_bytes()).hexdigest()
    table.WEIGHTS[table.FALLBACK_WEIGHTS] = KnownCheckpoint(table.FALLBACK_WEIGHTS, sha256, file=bundled.name)
    # Imports are no part of what is timed.
    load_model(find_checkpoint(table.FALLBACK_WEIGHTS))
    hub.is_offline()

    def find(spec: str | None, token: str | None = None, **options: bool) -> dict[str, object]:
        set_token(token)
        start = time.perf_counter()
        try:
            checkpoint = find_checkpoint(spec, **options)
            load_model(checkpoint)
        except WeightsError as error:
            answer = {"error": str(error)}
        else:
            answer = {**dataclasses.asdict(checkpoint), "error": None}
        return {**answer, "seconds": time.perf_counter() - start}

    def run_publish(arguments: list[str], token: str | None) -> dict[str, object]:
        set_token(token)
        with contextlib.redirect_stdout(io.StringIO()) as out, contextlib.redirect_stderr(io.StringIO()) as err:
            code = main(["publish", *arguments])
        return {"code": code, "out": out.getvalue(), "err": err.getvalue()}

    def set_default(name: str, sha256: str, revision: str) -> dict[str, object]:
        table.WEIGHTS[name] = KnownCheckpoint(name, sha256, revision=revision)
        table.DEFAULT_WEIGHTS = name
        return {}

    def set_token(token: str | None) -> None:
        os.environ.pop("HF_TOKEN", None)
        if token is not None:
            os.environ["HF_TOKEN"] = token

    orders = {"find": find, "publish": run_publish, "set_default": set_default}
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    for line in sys.stdin:
        order = json.loads(line)
        answers.write(json.dumps(orders[order.pop("do")](**order), default=str) + "\n")
        answers.flush()


if __name__ == "__main__":
    _serve(Path(sys.argv[1]))
