"""``fertools doctor``."""

from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from .. import __version__
from .._utils.text import one_line
from . import _camera_checks, _installation, _self_test
from ._installation import OK, PROBLEM, WARNING, Finding
from ._terminal import Quiet, cell, print_json, print_table, status, write

_STYLES = {OK: "green", WARNING: "yellow", PROBLEM: "bold red"}


def doctor(
    json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
    cameras: Annotated[
        bool, typer.Option("--cameras", help="Read a picture from each camera, which is slow.")
    ] = False,
    timeout: Annotated[
        float, typer.Option(min=1, max=3600, help="Maximum duration of the self-test in seconds.")
    ] = 5,
    quiet: Quiet = False,
):
    """Check the installation, and test the detector and the shipped models.

    The exit code is 1 if there is a problem; warnings do not change it.
    """
    checks = {
        "packages": _installation.check_packages,
        "OpenCV": _installation.check_opencv_build,
        "threads": _installation.check_threads,
        "compiled code": _installation.check_cache,
        "extras": _installation.check_extras,
        "cameras": lambda: _camera_checks.check_cameras(cameras),
        "self-test": lambda: _self_test.self_test(timeout),
    }
    findings = []
    for name, check in checks.items():
        with status(f"Checking: {name} ...", quiet):
            findings += _run(name, check)
    found = {finding.status for finding in findings}
    worst = next(level for level in (PROBLEM, WARNING, OK) if level in found)
    if json:
        checked = [finding._asdict() for finding in findings]
        print_json({"fertools": __version__, "status": worst, "checks": checked})
    else:
        _print(findings)
    return int(worst == PROBLEM)


def _run(name, check):
    """Run a check; an error is a problem, so that the other checks run."""
    try:
        return check()
    except Exception as error:
        hint = 'pip install --force-reinstall "fertools"'
        return [Finding(name, PROBLEM, f"{type(error).__name__}: {error}", hint)]


def _print(findings):
    """Print a table, followed by what to do about warnings and problems."""
    table = Table("check", "status", "found")
    for name, level, value, hint in findings:
        text = f"{value}: {hint}" if hint and level == OK else value
        table.add_row(cell(name), Text(level, style=_STYLES[level]), cell(text))
    print_table(table)
    for level, title in ((PROBLEM, "Problems"), (WARNING, "Warnings")):
        found = [finding for finding in findings if finding.status == level]
        if found:
            write(f"{title}:\n")
        for finding in found:
            write(f"  {one_line(finding.name)}: {one_line(finding.hint or finding.value)}\n")
    if all(finding.status == OK for finding in findings):
        write("No problems found.\n")
