"""Report of a comparison: HTML page, Markdown tables and JSON scores."""

import json
import os
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
from sklearn.utils import Bunch

from .._utils.files import make_folder, write_file
from .._utils.text import printable
from ..evaluation import Comparison
from ..evaluation._comparison_result import finished
from ._comparison_page import report_page
from ._comparison_tables import (
    ABOUT_PAIRS,
    ABOUT_SCORES,
    COLUMNS,
    class_table,
    facts,
    failures,
    pair_table,
    report_title,
    score_table,
)


def write_comparison_report(
    comparison: Comparison, out_dir: str | os.PathLike, data: Bunch | None = None
) -> Path:
    """Write index.html, comparison.md and scores.json to a folder.

    Parameters
    ----------
    comparison : Comparison
        Result of `fertools.evaluation.compare`.
    out_dir : str or path-like
        Output folder; created if it is missing. May be the results folder of the comparison.
    data : Bunch or None, default=None
        Test data of the comparison; None leaves out pictures of faces.

    Returns
    -------
    Path
        Path of index.html.

    Raises
    ------
    ImportError
        If matplotlib is not installed.
    ValueError
        If `data` differs from the test data in its number of images.
    """
    n_images = comparison.about["data"]["n_images"]
    if data is not None and len(data.images) != n_images:
        raise ValueError(
            f"data must be the test data of {n_images:,} images; got {len(data.images):,} images."
        )
    folder, shown = make_folder(out_dir), _printable_names(comparison)
    page = report_page(shown, data)
    write_file(folder / "comparison.md", report_markdown(shown))
    write_file(folder / "scores.json", json.dumps(report_json(comparison), indent=1))
    write_file(folder / "index.html", page)
    return folder / "index.html"


def _printable_names(comparison):
    """Return a copy of a comparison with printable names of classes and persons.

    Folder names may contain bytes that are not UTF-8, which pandas and SVG cannot hold.
    """

    def shown(value):
        if isinstance(value, str):
            return printable(value)
        if isinstance(value, dict):
            return {shown(key): shown(entry) for key, entry in value.items()}
        if isinstance(value, list):
            return [shown(entry) for entry in value]
        if isinstance(value, np.ndarray) and value.dtype.kind == "U" and value.size:
            names, codes = np.unique(value, return_inverse=True)
            return np.array(shown(names.tolist()))[codes]
        return value

    results = {}
    for name, result in comparison.results.items():
        values = {key: shown(value) for key, value in vars(result).items()}
        results[name] = replace(result, **values)
    return replace(
        comparison,
        about=shown(comparison.about),
        results=results,
        target_names=shown(list(comparison.target_names)),
    )


def report_json(comparison):
    """Return the scores and costs of a comparison as JSON types."""
    keys = ("status", "reason", "parameters", "scores", "costs")
    return {
        "protocol": comparison.protocol,
        "about": comparison.about,
        "methods": {
            name: {key: getattr(result, key) for key in keys}
            for name, result in comparison.results.items()
        },
        # pandas writes NaN as null.
        "pairs": json.loads(comparison.pairs().to_json(orient="records", double_precision=15)),
    }


def report_markdown(comparison):
    """Return the tables of a report as Markdown."""
    parts = [
        f"# {_escape(report_title(comparison))}",
        f"{comparison.protocol}: {_escape(comparison.about['description'])}.",
        "\n".join(f"- {term}: {_escape(text)}" for term, text in facts(comparison).items()),
    ]
    n_finished = len(finished(comparison))
    if n_finished:
        texts = score_table(comparison)[1].rename(columns=lambda name: COLUMNS[name].title)
        parts += ["## Scores", ABOUT_SCORES, _table(texts.reset_index(names="method"))]
        for score in ("recall", "precision"):
            table = class_table(comparison, score).reset_index(names="method")
            parts += [f"## {score.title()} per class, %", _table(table)]
    if n_finished > 1:
        parts += ["## Differences", ABOUT_PAIRS, _table(pair_table(comparison))]
    failed = failures(comparison)
    if len(failed):
        parts += ["## Failed", _table(failed.reset_index(names="method"))]
    return "\n\n".join(parts) + "\n"


def _escape(text):
    """Escape the special characters of Markdown."""
    text = printable(" ".join(text.split()))
    return re.sub(r"([\\`*_{}\[\]<>#|$])", r"\\\1", text)


def _table(frame):
    rows = [list(frame.columns), ["---"] * frame.shape[1], *frame.to_numpy().tolist()]
    cells = [[_escape(cell) if row is not rows[1] else cell for cell in row] for row in rows]
    return "\n".join(f"| {' | '.join(row)} |" for row in cells)
