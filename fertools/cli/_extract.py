"""``fertools extract``."""

from contextlib import contextmanager, nullcontext
from enum import StrEnum
from itertools import islice
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from ._inputs import model_file
from ._terminal import Jobs, Model, Quiet, print_table, say, tell, user_path

_USABLE = {"ok", "small", "uncertain", "no_face"}  # statuses of images that were read
_MAX_LISTED = 5  # images that cannot be read and are listed by name


class Backend(StrEnum):
    """Backends of parallel jobs."""

    processes = "processes"
    threads = "threads"
    dask = "dask"


class Labels(StrEnum):
    """Sources of labels."""

    none = "none"
    folder = "folder"


def extract(
    source: Annotated[
        list[str],
        typer.Argument(
            help="Folders, zip or tar archives, tables with a column path, images, videos or "
            "patterns in quotes."
        ),
    ],
    store: Annotated[
        Path, typer.Argument(help="Folder of the results, such as faces.zarr; it is continued.")
    ],
    model: Model = None,
    labels: Annotated[
        Labels, typer.Option(help="Take the label of an image from its folder.")
    ] = Labels.none,
    whole: Annotated[
        bool, typer.Option("--whole", help="Treat each image as one cropped face.")
    ] = False,
    max_faces: Annotated[
        int, typer.Option(min=1, max=1000, help="Number of faces per image, the largest ones.")
    ] = 1,
    chunk_size: Annotated[
        int, typer.Option(min=1, max=100_000, help="Number of images per chunk.")
    ] = 512,
    jobs: Jobs = 1,
    backend: Annotated[Backend, typer.Option(help="Kind of the jobs.")] = Backend.processes,
    scheduler: Annotated[
        str | None, typer.Option(help="Address of a Dask scheduler, such as tcp://host:8786.")
    ] = None,
    quiet: Quiet = False,
):
    """Find, describe and classify the faces of any number of images, and store the results.

    A run that was interrupted is continued by the same command. The exit code is 1 if an image
    cannot be read.
    """
    from ..batch import extract as extract_faces

    if scheduler is not None and backend is not Backend.dask:
        raise ValueError("--scheduler requires --backend dask.")
    store = user_path(store)
    try:
        with _jobs(backend, scheduler, jobs):
            summary = extract_faces(
                source,
                store,
                recognizer=model_file(model),
                whole=whole,
                labels=labels.value,
                max_faces=max_faces,
                chunk_size=chunk_size,
                n_jobs=None if backend is Backend.dask else jobs,
                progress=not quiet,
            )
    except KeyboardInterrupt:
        tell(f"Stopped. The same command continues the store {store}.")
        raise
    table = Table("status", "rows")
    for status, count in summary.statuses.items():
        table.add_row(status, f"{count:,}")
    print_table(table)
    n_new = summary.n_inputs - summary.n_resumed
    rate = f", {n_new / summary.seconds:,.0f} images per second" if n_new else ""
    say(f"{summary.n_inputs:,} images in {store}: {n_new:,} in this run{rate}.")
    n_failed = sum(n for status, n in summary.statuses.items() if status not in _USABLE)
    for message in islice(_failures(store), _MAX_LISTED):
        tell(message)
    if n_failed > _MAX_LISTED:
        tell(f"{n_failed - _MAX_LISTED:,} more images cannot be used; see read_index.")
    if n_failed:
        raise typer.Exit(1)


def _failures(store):
    """Yield the name and reason of each image of a store that cannot be used."""
    import pandas as pd

    from ..batch._chunks import UNUSED
    from ..batch._index import index_parts

    for path in index_parts(store):
        rows = pd.read_parquet(path, columns=["source", "status", "reason"])
        for row in rows[~rows["status"].isin({*_USABLE, UNUSED})].itertuples():
            yield f"{row.source}: {row.reason}"


@contextmanager
def _jobs(backend, scheduler, jobs):
    """Select the backend of joblib."""
    from joblib import parallel_config

    from .._utils.optional import import_optional

    if backend is not Backend.dask:
        kinds = {Backend.processes: "loky", Backend.threads: "threading"}
        with parallel_config(backend=kinds[backend], n_jobs=jobs) if jobs != 1 else nullcontext():
            yield
        return
    distributed = import_optional("distributed", "distributed")
    workers = {} if scheduler else {"n_workers": max(1, jobs), "threads_per_worker": 1}
    with distributed.Client(scheduler, **workers), parallel_config(backend="dask"):
        yield
