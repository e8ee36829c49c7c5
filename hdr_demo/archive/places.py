"""Where jobs are worked on: by processes of this computer, or by those of a Ray cluster."""

import importlib.util
import math
import os
import uuid
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, wait
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from hdr_demo.archive.jobs import Job
from hdr_demo.archive.records import Record
from hdr_demo.batch.pool import WorkerDied, open_pool
from hdr_demo.errors import DataError
from hdr_demo.io.output import remove_unfinished, use_mark

# Does one job, in another process.
Work = Callable[[Job], Record]

# Asked for at once, beside those that are worked on, so that no process waits.
_AHEAD = 1


@dataclass(frozen=True)
class Crew:
    """How many processes work on an archive, and with what.

    Attributes:
        workers: How many.
        threads: How many cores each of them uses.
        device: One of `device.DEVICES`.
    """

    workers: int = 1
    threads: int = 1
    device: str = "auto"


def work_here(jobs: Iterable[Job], work: Work, crew: Crew) -> Iterator[tuple[Job, Record | None]]:
    """Work on jobs with processes of this computer.

    Args:
        jobs: What is to be done; taken as there is somebody to do it.
        work: Does one; it can be pickled.
        crew: How many processes.

    Yields:
        Each job with its record, in the order in which they are done; None if the process died over it. Another
        process then takes its place, and nothing unfinished is left.
    """
    with open_pool(crew.workers) as pool:
        waiting = {}
        for job in jobs:
            waiting[pool.submit([job.stem.parent], work, job)] = job
            if len(waiting) >= crew.workers + _AHEAD:
                yield from _reap(waiting)
        while waiting:
            yield from _reap(waiting)


def _reap(waiting: dict) -> Iterator[tuple[Job, Record | None]]:
    for done in wait(waiting, return_when=FIRST_COMPLETED).done:
        job = waiting.pop(done)
        try:
            yield job, done.result()
        except WorkerDied:
            yield job, None


def work_on_ray(jobs: Iterable[Job], work: Work, crew: Crew) -> Iterator[tuple[Job, Record | None]]:
    """Work on jobs with Ray: on the cluster that `RAY_ADDRESS` names, else with processes that Ray starts here.

    The computers of a cluster see the program, sources and results under the same paths. Where they have GPUs, the
    processes share these, unless the crew's device is "cpu". See `work_here`.

    Raises:
        DataError: If Ray is not installed, or no cluster answers.
    """
    if importlib.util.find_spec("ray") is None:
        raise DataError('Ray is not installed: pip install "ray>=2.40,<3", or leave --on ray out.')
    import ray

    begun = not ray.is_initialized()
    if begun:
        # A cluster that is named knows its own cores.
        cores = {} if os.environ.get("RAY_ADDRESS") else {"num_cpus": crew.workers * crew.threads}
        # The package is not installed but lies beside the program.
        surroundings = {"env_vars": {"PYTHONPATH": str(Path(__file__).parents[2])}}
        try:
            ray.init(
                include_dashboard=False, log_to_driver=False, logging_level="error", runtime_env=surroundings, **cores
            )
        except (ConnectionError, ValueError) as error:
            address = os.environ.get("RAY_ADDRESS")
            raise DataError(f"No Ray cluster answers at {address}; start it, or unset RAY_ADDRESS.") from error

    def convert(job: Job, mark: str) -> Record:
        use_mark(mark)
        return work(job)  # Ray takes functions only, and `work` may be a part of one

    try:
        remote = ray.remote(**_needs(ray, crew), max_retries=0)(convert)
        waiting: dict[object, tuple[Job, str]] = {}
        for job in jobs:
            mark = f".{uuid.uuid4().hex}-"
            waiting[remote.remote(job, mark)] = job, mark
            if len(waiting) >= crew.workers + _AHEAD:
                yield from _reap_ray(ray, waiting)
        while waiting:
            yield from _reap_ray(ray, waiting)
    finally:
        if begun:
            ray.shutdown()


def _needs(ray: ModuleType, crew: Crew) -> dict[str, float]:
    """Say what a job takes of a computer; never more than there is, or Ray would wait for it without end."""
    most = max((node["Resources"].get("CPU", 1) for node in ray.nodes() if node["Alive"]), default=1)
    gpus = ray.cluster_resources().get("GPU", 0) if crew.device != "cpu" else 0
    # Ray hides GPUs from jobs that ask for none.
    return {"num_cpus": min(crew.threads, most), "num_gpus": 1 / math.ceil(crew.workers / gpus) if gpus else 0}


def _reap_ray(ray: ModuleType, waiting: dict) -> Iterator[tuple[Job, Record | None]]:
    done, _ = ray.wait(list(waiting), num_returns=1)
    for reference in done:
        job, mark = waiting.pop(reference)
        try:
            record = ray.get(reference)
        except (
            ray.exceptions.WorkerCrashedError,
            ray.exceptions.OutOfMemoryError,
            ray.exceptions.NodeDiedError,
            ray.exceptions.ObjectLostError,
        ):
            remove_unfinished([job.stem.parent], mark)
            record = None
        yield job, record


# By the names that the command line has.
PLACES: dict[str, Callable[[Iterable[Job], Work, Crew], Iterator[tuple[Job, Record | None]]]] = {
    "local": work_here,
    "ray": work_on_ray,
}
