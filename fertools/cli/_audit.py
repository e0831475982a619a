"""``fertools audit``."""

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from ._inputs import output_file, read_data
from ._terminal import Data, Jobs, Quiet, Report, cell, print_json, print_table, say, status

_MAX_LISTED = 10  # files left out that the table lists by name


def audit(
    data: Data,
    html: Annotated[
        Path | None, typer.Option(help="HTML report with pictures of each finding.")
    ] = None,
    format: Annotated[Report, typer.Option(help="Output format.")] = Report.table,
    detect: Annotated[
        bool, typer.Option("--detect/--no-detect", help="Detect the face in each image.")
    ] = True,
    jobs: Jobs = 2,
    quiet: Quiet = False,
):
    """Check a data set for duplicates, label conflicts and other problems.

    Findings are not errors: the exit code is 0.
    """
    from .. import datasets
    from ..reports import write_audit_report

    if html is not None:
        html = output_file("--html", html)
    bunch = read_data(data, quiet, report_skipped=False)
    with status(f"Auditing {len(bunch.images):,} images ...", quiet):
        found = datasets.audit(bunch, detect=detect, n_jobs=jobs)
    if html is not None:
        write_audit_report(found, html)
    if format is Report.json:
        files = bunch.report.to_dict("records")
        print_json(found.summary() | {"files_left_out": files})
        return
    _print_frame(found.counts, "Images per class and split")
    _print_frame(found.findings, "Findings")
    _print_frame(found.exact_across, "Images with an exact duplicate in")
    _print_frame(found.near_across, "Images with an exact or near duplicate in")
    if found.coverage is not None:
        _print_frame(found.coverage, "Share of images with a detected face", "{:.1%}")
    _print_files(bunch.report)
    if html is not None:
        say(f"Wrote {html}")


def _print_files(report):
    """Print the files left out of the data set, those that are no images at the end."""
    if report.empty:
        return
    table = Table("file", "status", "reason", title="Files left out")
    listed = report.sort_values("status", key=lambda status: status == "foreign", kind="stable")
    for row in listed.head(_MAX_LISTED).itertuples(index=False):
        table.add_row(*map(cell, row))
    print_table(table)
    if len(report) > _MAX_LISTED:
        say(f"{len(report) - _MAX_LISTED:,} more files were left out; --format json lists all.")


def _print_frame(frame, title, number="{:,}"):
    import pandas as pd

    table = Table("", title=title)
    for column in frame.columns:
        table.add_column(cell(column), justify="right")
    for name, *row in frame.itertuples():
        numbers = ("" if pd.isna(value) else number.format(value) for value in row)
        table.add_row(cell(name), *numbers)
    print_table(table)
