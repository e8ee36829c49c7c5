"""Where jobs are worked on: by processes of this computer, or by those of a Ray cluster."""

import importlib.util
import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, wait
from pathlib import Path

from hdr_demo.archive.jobs import Job
from hdr_demo.archive.records import Record
from hdr_demo.batch.pool import WorkerDied, open_pool
from hdr_demo.errors import DataError

# Does one job, in another process.
Work = Callable[[Job], Record]

# Asked for at once, beside those that are worked on, so that no process waits.
_AHEAD = 1


def work_here(jobs: Iterable[Job], work: Work, workers: int) -> Iterator[tuple[Job, Record | None]]:
    """Work on jobs with processes of this computer.

    Args:
        jobs: What is to be done; taken as there is somebody to do it.
        work: Does one; it can be pickled.
        workers: How many processes.

    Yields:
        Each job with its record, in the order in which they are done; None if the process died over it. Another
        process then takes its place.
    """
    with open_pool(workers) as pool:
        waiting = {}
        for job in jobs:
            waiting[pool.submit([job.stem.parent], work, job)] = job
            if len(waiting) >= workers + _AHEAD:
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


def work_on_ray(jobs: Iterable[Job], work: Work, workers: int) -> Iterator[tuple[Job, Record | None]]:
    """Work on jobs with Ray: on the cluster that `RAY_ADDRESS` names, else with processes that Ray starts here.

    The computers of a cluster see the program, sources and results under the same paths. See `work_here`.

    Raises:
        DataError: If Ray is not installed.
    """
    if importlib.util.find_spec("ray") is None:
        raise DataError('Ray is not installed: pip install "ray>=2.40,<3", or leave --on ray out.')
    import ray

    begun = not ray.is_initialized()
    if begun:
        # Each job takes one of as many slots as there are workers; a cluster that is named knows its own.
        slots = {} if os.environ.get("RAY_ADDRESS") else {"num_cpus": workers}
        # The package is not installed but lies beside the program.
        surroundings = {"env_vars": {"PYTHONPATH": str(Path(__file__).parents[2])}}
        ray.init(include_dashboard=False, log_to_driver=False, logging_level="error", runtime_env=surroundings, **slots)

    def convert(job: Job) -> Record:
        return work(job)  # Ray takes functions only, and `work` may be a part of one

    try:
        remote = ray.remote(num_cpus=1, max_retries=0)(convert)
        waiting = {}
        for job in jobs:
            waiting[remote.remote(job)] = job
            if len(waiting) >= workers + _AHEAD:
                yield from _reap_ray(ray, waiting)
        while waiting:
            yield from _reap_ray(ray, waiting)
    finally:
        if begun:
            ray.shutdown()


def _reap_ray(ray: object, waiting: dict) -> Iterator[tuple[Job, Record | None]]:
    done, _ = ray.wait(list(waiting), num_returns=1)
    for reference in done:
        job = waiting.pop(reference)
        try:
            yield job, ray.get(reference)
        except (ray.exceptions.WorkerCrashedError, ray.exceptions.OutOfMemoryError, ray.exceptions.NodeDiedError):
            yield job, None


# By the names that the command line has.
PLACES: dict[str, Callable[[Iterable[Job], Work, int], Iterator[tuple[Job, Record | None]]]] = {
    "local": work_here,
    "ray": work_on_ray,
}
