"""The report of a comparison: a page, and its figures as Markdown and JSON."""

import json
import re
from dataclasses import replace

import numpy as np

from .._utils.files import make_folder, write_file
from .._utils.text import printable
from ..evaluation._disagreement import finished
from ._comparison_page import report_page
from ._comparison_tables import (
    ABOUT_PAIRS,
    ABOUT_SCORES,
    COLUMNS,
    class_table,
    facts,
    failures,
    pair_table,
    score_table,
    title_of,
)


def write_comparison_report(comparison, out_dir, data=None):
    """Write index.html, comparison.md and scores.json into a folder.

    Parameters
    ----------
    comparison : Comparison
    out_dir : str or path-like
        Made where it is not there. May be where the comparison itself is saved.
    data : Bunch or None, default=None
        The data set that was tested; None leaves out pictures of its faces.

    Returns
    -------
    Path
        That of index.html.

    Raises
    ------
    ImportError
        When matplotlib is not installed.
    ValueError
        When `data` has another number of images than what was tested.
    """
    n_images = comparison.about["data"]["n_images"]
    if data is not None and len(data.images) != n_images:
        raise ValueError(
            f"data must be what was tested, {n_images:,} images; got {len(data.images):,}."
        )
    folder, shown = make_folder(out_dir), _shown(comparison)
    page = report_page(shown, data)
    write_file(folder / "comparison.md", report_markdown(shown))
    write_file(folder / "scores.json", json.dumps(report_json(comparison), indent=1))
    write_file(folder / "index.html", page)
    return folder / "index.html"


def _shown(comparison):
    """Return a copy of a comparison with printable names of classes and persons.

    matplotlib cannot draw folder names that are not UTF-8.
    """

    def shown(value):
        if isinstance(value, str):
            return printable(value)
        if isinstance(value, dict):
            return {shown(key): shown(entry) for key, entry in value.items()}
        if isinstance(value, list):
            return [shown(entry) for entry in value]
        if isinstance(value, np.ndarray) and value.dtype.kind == "U" and value.size:
            names, at = np.unique(value, return_inverse=True)
            return np.array(shown(names.tolist()))[at]
        return value

    cases = {}
    for name, case in comparison.cases.items():
        values = {key: shown(value) for key, value in vars(case).items()}
        cases[name] = replace(case, **values)
    return replace(
        comparison,
        about=shown(comparison.about),
        cases=cases,
        target_names=shown(list(comparison.target_names)),
    )


def report_json(comparison):
    """Return the figures of a report: of dict, list, str, float and None only."""
    keys = ("status", "reason", "parameters", "scores", "costs")
    return {
        "protocol": comparison.protocol,
        "about": comparison.about,
        "methods": {
            name: {key: getattr(case, key) for key in keys}
            for name, case in comparison.cases.items()
        },
        # Pandas writes NaN as null.
        "pairs": json.loads(comparison.pairs().to_json(orient="records", double_precision=15)),
    }


def report_markdown(comparison):
    """Return the tables of a report as Markdown."""
    parts = [
        f"# {_plain(title_of(comparison))}",
        f"{comparison.protocol}: {_plain(comparison.about['description'])}.",
        "\n".join(f"- {what}: {_plain(text)}" for what, text in facts(comparison).items()),
    ]
    n_finished = len(finished(comparison))
    if n_finished:
        texts = score_table(comparison)[1].rename(columns=lambda name: COLUMNS[name].title)
        parts += ["## Scores", ABOUT_SCORES, _table(texts.reset_index(names="method"))]
        for score in ("recall", "precision"):
            table = class_table(comparison, score).reset_index(names="method")
            parts += [f"## {score.title()} of each class, %", _table(table)]
    if n_finished > 1:
        parts += ["## Differences", ABOUT_PAIRS, _table(pair_table(comparison))]
    failed = failures(comparison)
    if len(failed):
        parts += ["## Failed", _table(failed.reset_index(names="method"))]
    return "\n\n".join(parts) + "\n"


def _plain(text):
    """Escape what Markdown would take for its own."""
    text = printable(" ".join(text.split()))
    return re.sub(r"([\\`*_{}\[\]<>#|$])", r"\\\1", text)


def _table(frame):
    rows = [list(frame.columns), ["---"] * frame.shape[1], *frame.to_numpy().tolist()]
    cells = [[_plain(cell) if row is not rows[1] else cell for cell in row] for row in rows]
    return "\n".join(f"| {' | '.join(row)} |" for row in cells)
