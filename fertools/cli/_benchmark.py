"""``fertools benchmark``."""

import json
import logging
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from ._inputs import read_data
from ._keras import start_keras
from ._methods import make_method, read_methods, square
from ._terminal import Data, Jobs, Quiet, Report, err, out, print_json, status, tell

_N_PERSONS = 10  # at least, for as many folds


def benchmark(
    data: Data,
    methods: Annotated[
        str,
        typer.Option(
            help="With commas: svm, rf, knn, fast, accurate, networks, majority, chance; or a YAML "
            "file."
        ),
    ],
    folder: Annotated[
        Path, typer.Option("--out", help="Where results go, and where they are gone on from.")
    ],
    protocol: Annotated[
        str | None, typer.Option(help="What is trained and tested on; default: by the data.")
    ] = None,
    size: Annotated[
        int | None, typer.Option(min=1, help="Bring images to this side, in pixels.")
    ] = None,
    epochs: Annotated[
        int | None, typer.Option(min=1, help="Of networks; default: the recipe's.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Of all that is random.")] = 0,
    jobs: Jobs = 2,
    format: Annotated[Report, typer.Option(help="Of the output.")] = Report.table,
    quiet: Quiet = False,
):
    """Compare methods on the same images: how good they are, and what they cost.

    Given again, the command goes on: what is finished is not fitted again.
    """
    from .._optional import import_optional
    from ..evaluation import PROTOCOLS, compare
    from ..neural.networks import NETWORKS

    protocols = [name for name in PROTOCOLS if name != "cross_dataset"]
    if protocol is not None and protocol not in protocols:
        raise ValueError(f"--protocol must be one of {', '.join(protocols)}; got {protocol!r}.")
    asked = read_methods(methods)
    estimators = {}
    for name, (method, parameters) in asked.items():
        try:
            estimators[name] = make_method(method, parameters, epochs=epochs, jobs=jobs, seed=seed)
        except (TypeError, ValueError) as error:
            raise ValueError(f"{name}: {error}") from error
    if any(method in NETWORKS for method, _ in asked.values()):
        start_keras(quiet)
        # TensorFlow warns where one process builds many networks, as folds do.
        logging.getLogger("tensorflow").setLevel(logging.ERROR)
    elif epochs is not None:
        raise ValueError(f"--epochs goes with networks; --methods {methods} holds none.")
    import_optional("matplotlib", "plot")  # For the page.
    bunch = read_data(data, quiet)
    bunch.images = square(bunch.images, size)
    protocol = protocol or _protocol_of(bunch)
    if not quiet:
        tell(f"Protocol {protocol}: {PROTOCOLS[protocol].description}.")
    cases = folder / "cases"
    # What cannot be written is to be known before the first method takes its hours.
    cases.mkdir(parents=True, exist_ok=True)
    finished = {}
    try:
        with _bars(estimators, finished, quiet) as progress:
            comparison = compare(
                estimators,
                bunch,
                protocol,
                results_dir=cases,
                random_state=seed,
                progress=progress,
            )
    except KeyboardInterrupt:
        _stop(finished, len(estimators), cases, folder, bunch)
        raise typer.Exit(130) from None
    with status("Writing the page ...", quiet):
        page = comparison.report(folder, bunch)
    if format is Report.json:
        print_json(_as_json(comparison))
    else:
        _print_table(comparison)
        out.print(f"The page: {page}", highlight=False, markup=False, soft_wrap=True)
    kept = [name for name, stage in finished.items() if stage == "kept"]
    if kept and not quiet:
        tell(f"Finished before: {', '.join(kept)}.")
    failed = [case for case in comparison.cases.values() if case.status == "failed"]
    for case in failed:
        tell(f"{case.name} failed: {case.reason}")
    if failed:
        raise typer.Exit(1)


def _protocol_of(bunch):
    """Return the name of the protocol that fits what a data set tells about its images."""
    if {"Training", "PrivateTest"} <= set(bunch.get("usage", ())):
        return "fer2013_published"
    if len(set(bunch.get("groups", ()))) >= _N_PERSONS:
        return "ckplus_person_independent"
    return "image_folder"


@contextmanager
def _bars(names, finished, quiet):
    """Show a bar for the whole and one for each method.

    Parameters
    ----------
    names : iterable of str
    finished : dict
        Takes the last stage of each method that is finished.
    quiet : bool

    Yields
    ------
    callable
        For the parameter `progress` of compare.
    """
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[stage]}"),
    )
    with Progress(*columns, console=err, disable=quiet) as progress:
        whole, bars = progress.add_task("all methods", total=len(names), stage=""), {}

        def told(n_done, n_methods, name, stage):
            progress.update(whole, completed=n_done)
            if name not in bars:
                # Names are the user's, not rich's markup.
                bars[name] = progress.add_task(escape(name), stage="")
            if n_done > len(finished):
                finished[name] = stage
                progress.update(bars[name], total=1, completed=stage != "failed", stage=stage)
                progress.stop_task(bars[name])
            elif stage.startswith("fold "):
                _, fold, _, n_folds = stage.split()
                # Behind the folds come costs and scores.
                n_stages = int(n_folds) + 2
                progress.update(bars[name], total=n_stages, completed=int(fold) - 1, stage=stage)
            else:
                progress.update(bars[name], advance=1, stage=stage)

        yield told


def _stop(finished, n_methods, cases, folder, bunch):
    """Say what is done, and write the page of it."""
    from dataclasses import replace

    from ..evaluation import Comparison

    tell(f"Stopped. {len(finished)} of {n_methods} methods are done; the same command goes on.")
    if finished:
        stored = Comparison.load(cases)
        done = replace(stored, cases={name: stored.cases[name] for name in finished})
        tell(f"The page of what is done: {done.report(folder, bunch)}")


def _as_json(comparison):
    """Return the figures of the methods and of their pairs as JSON knows them: None, no NaN."""
    table, pairs = (
        json.loads(frame.to_json(orient=orient, double_precision=15))
        for frame, orient in ((comparison.table(), "index"), (comparison.pairs(), "records"))
    )
    return {"protocol": comparison.protocol, "methods": table, "pairs": pairs}


def _print_table(comparison):
    """Print a row for each method, the status in place of the accuracy of one that failed."""
    table = Table("method", title=comparison.protocol)
    for column in ("accuracy", "95 %", "macro-F1", "log loss", "ms/face", "fit s"):
        table.add_column(column, justify="right", no_wrap=True)
    for name, row in comparison.table().iterrows():
        if row["status"] != "ok":
            table.add_row(escape(name), row["status"])
            continue
        table.add_row(
            escape(name),
            f"{row['accuracy']:.2%}",
            f"{100 * row['accuracy_low']:.1f} to {100 * row['accuracy_high']:.1f}",
            f"{row['macro_f1']:.2%}",
            "" if row["log_loss"] != row["log_loss"] else f"{row['log_loss']:.3f}",
            f"{row['ms_batch']:.2f}",
            f"{row['fit_seconds']:.1f}",
        )
    out.print(table)
