"""``fertools benchmark``."""

import json
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from .._utils.files import check_folder
from ._inputs import read_data, square_images
from ._keras import start_keras
from ._method_files import make_methods, read_methods
from ._terminal import (
    Data,
    Jobs,
    Quiet,
    Report,
    Seed,
    Size,
    cell,
    err,
    print_json,
    print_table,
    say,
    status,
    tell,
    user_path,
)

_N_PERSONS = 10  # smallest number of persons for person-independent folds


def benchmark(
    data: Data,
    methods: Annotated[
        str,
        typer.Option(
            help="Methods separated by commas: svm, rf, knn, fast, accurate, majority, chance or "
            "names of networks; or a YAML file."
        ),
    ],
    folder: Annotated[
        Path, typer.Option("--out", help="Output folder; finished results in it are reused.")
    ],
    protocol: Annotated[
        str | None,
        typer.Option(help="Evaluation protocol; by default chosen by the data."),
    ] = None,
    size: Size = None,
    epochs: Annotated[
        int | None,
        typer.Option(min=1, help="Maximum number of epochs of networks; by default as published."),
    ] = None,
    seed: Seed = 0,
    jobs: Jobs = 2,
    format: Annotated[Report, typer.Option(help="Output format.")] = Report.table,
    quiet: Quiet = False,
):
    """Compare accuracy and cost of methods on the same images.

    Run again, the command fits only unfinished methods; other methods are added to the comparison.
    """
    from .._utils.optional import import_optional
    from ..evaluation import Comparison, compare
    from ..evaluation._protocols import PROTOCOLS
    from ..reports import write_comparison_report

    protocols = [name for name in PROTOCOLS if name != "cross_dataset"]
    if protocol is not None and protocol not in protocols:
        raise ValueError(f"--protocol must be one of {', '.join(protocols)}; got {protocol!r}.")
    folder = user_path(folder)
    cases = folder / "cases"
    check_folder(cases)
    estimators = _make_estimators(methods, epochs, jobs, seed, quiet)
    import_optional("matplotlib", "plot")  # for the charts of the report
    bunch = read_data(data, quiet)
    bunch.images = square_images(bunch.images, size)
    protocol = protocol or _protocol_of(bunch)
    if not quiet:
        tell(f"Protocol {protocol}: {PROTOCOLS[protocol].description}.")
    outcomes = {}
    try:
        with _bars(estimators, outcomes, quiet) as progress:
            compare(
                estimators,
                bunch,
                protocol,
                results_dir=cases,
                random_state=seed,
                progress=progress,
            )
    except KeyboardInterrupt:
        _stop(outcomes, len(estimators), cases, folder, bunch)
        raise typer.Exit(130) from None
    comparison = Comparison.load(cases)  # with the methods of earlier runs
    with status("Writing the report ...", quiet):
        page = write_comparison_report(comparison, folder, bunch)
    if format is Report.json:
        print_json(_as_json(comparison))
    else:
        _print_table(comparison)
        say(f"Report: {page}")
    _tell_outcome(comparison, estimators, outcomes, quiet)


def _make_estimators(methods, epochs, jobs, seed, quiet):
    """Return the estimators of ``--methods`` by name; start Keras if one of them is a network."""
    from ..evaluation._compare import check_estimators
    from ..neural.networks import NETWORKS

    methods_by_name = read_methods(methods)
    estimators = make_methods(
        methods_by_name,
        n_jobs=jobs,
        random_state=seed,
        **({} if epochs is None else {"epochs": epochs}),
    )
    check_estimators(estimators)
    if any(method in NETWORKS for method, _ in methods_by_name.values()):
        start_keras(quiet)
    elif epochs is not None:
        raise ValueError(f"--epochs requires a network; --methods {methods} has none.")
    return estimators


def _tell_outcome(comparison, estimators, outcomes, quiet):
    """Report methods of earlier runs and failed methods; the exit code is 1 if one failed."""
    kept = [name for name, status in outcomes.items() if status == "reused"]
    if kept and not quiet:
        tell(f"Finished before: {', '.join(kept)}.")
    others = [name for name in comparison.results if name not in estimators]
    if others and not quiet:
        tell(f"From earlier runs: {', '.join(others)}.")
    failed = [name for name, status in outcomes.items() if status == "failed"]
    for name in failed:
        tell(f"{name} failed: {comparison.results[name].reason}")
    if failed:
        raise typer.Exit(1)


def _protocol_of(bunch):
    """Return the evaluation protocol for the splits and persons of a data set."""
    if {"Training", "PrivateTest"} <= set(bunch.get("usage", ())):
        return "fer2013_published"
    if len(set(bunch.get("groups", ()))) >= _N_PERSONS:
        return "ckplus_person_independent"
    return "image_folder"


@contextmanager
def _bars(names, outcomes, quiet):
    """Show a progress bar of all methods and one per method.

    Parameters
    ----------
    names : collection of str
        Names of the methods.
    outcomes : dict
        Receives the final status of each finished method.
    quiet : bool
        Hide the bars.

    Yields
    ------
    callable
        Callback for the parameter `progress` of `fertools.evaluation.compare`.
    """
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[status]}"),
    )
    with Progress(*columns, console=err, disable=quiet) as bars:
        whole, tasks = bars.add_task("all methods", total=len(names), status=""), {}

        def update(progress):
            name, status = progress.method, progress.status
            bars.update(whole, completed=progress.done)
            if name not in tasks:
                tasks[name] = bars.add_task(name, status="")
            if progress.finished:
                outcomes[name] = status
                bars.update(tasks[name], total=1, completed=status != "failed", status=status)
                bars.stop_task(tasks[name])
                return
            if status == "fitting":
                status = f"fold {progress.fold + 1} of {progress.n_folds}"
            # Costs and scores follow the folds.
            completed = progress.fold + (progress.status == "scoring")
            total = progress.n_folds + 2
            bars.update(tasks[name], total=total, completed=completed, status=status)

        yield update


def _stop(outcomes, n_methods, cases, folder, bunch):
    """Report the finished methods of an interrupted run."""
    from dataclasses import replace

    from ..evaluation import Comparison
    from ..reports import write_comparison_report

    n_done = len(outcomes)
    tell(f"Stopped: {n_done} of {n_methods} methods finished. Run the same command to continue.")
    if outcomes:
        stored = Comparison.load(cases)
        done = replace(stored, results={name: stored.results[name] for name in outcomes})
        tell(f"Report: {write_comparison_report(done, folder, bunch)}")


def _as_json(comparison):
    """Return the results of the methods and of their pairs for JSON, with None instead of NaN."""
    table, pairs = (
        json.loads(frame.to_json(orient=orient, double_precision=15))
        for frame, orient in ((comparison.table(), "index"), (comparison.pairs(), "records"))
    )
    return {"protocol": comparison.protocol, "methods": table, "pairs": pairs}


def _print_table(comparison):
    """Print one row per method; a failed method has its status in the column accuracy."""
    table = Table("method", title=cell(comparison.protocol))
    for column in ("accuracy", "95 %", "macro-F1", "log loss", "ms/face", "fit s"):
        table.add_column(column, justify="right", no_wrap=True)
    for name, row in comparison.table().iterrows():
        if row["status"] != "ok":
            table.add_row(cell(name), row["status"])
            continue
        table.add_row(
            cell(name),
            f"{row['accuracy']:.2%}",
            f"{100 * row['accuracy_low']:.1f} to {100 * row['accuracy_high']:.1f}",
            f"{row['macro_f1']:.2%}",
            "" if row["log_loss"] != row["log_loss"] else f"{row['log_loss']:.3f}",
            f"{row['ms_batch']:.2f}",
            f"{row['fit_seconds']:.1f}",
        )
    print_table(table)
