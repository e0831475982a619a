"""``fertools evaluate``."""

from typing import Annotated

import typer
from rich.table import Table

from ._inputs import bring_to, has_splits, load_model, read_data
from ._terminal import Data, Model, Quiet, Report, cell, print_json, print_table, status, tell

# The splits that are scored, in the order of the output.
_TESTS = ("Validation", "Test", "PublicTest", "PrivateTest")


def evaluate(
    data: Data,
    model: Model = None,
    format: Annotated[Report, typer.Option(help="Output format.")] = Report.table,
    quiet: Quiet = False,
):
    """Score a model: the test splits, as published and without copies, or else all images."""
    estimator, about = load_model(model, quiet)
    bunch = read_data(data, quiet)
    if about["image_shape"]:
        bunch.images = bring_to(bunch.images, tuple(about["image_shape"]))
    if not has_splits(bunch) and about.get("data_sha256") == bunch.sha256 and not quiet:
        tell("Warning: the model was trained on images of this data; the scores are too high.")
    with status("Scoring ...", quiet):
        scores = _score(estimator, bunch, data)
    if format is Report.json:
        print_json(scores)
        return
    table = Table("split", "protocol", "images", "accuracy", "macro-F1")
    for usage, protocols in scores.items():
        for protocol, score in protocols.items():
            if score is not None:
                figures = f"{score['accuracy']:.2%}", f"{score['macro_f1']:.2%}"
                table.add_row(cell(usage), protocol, f"{score['n']:,}", *figures)
    print_table(table)
    usage, protocols = scores.popitem()
    last = protocols["published"]
    names = [cell(label) for label in last["labels"]]
    confusion = Table("true \\ predicted", title=cell(f"{usage}, published"))
    for name in names:
        confusion.add_column(name)
    for name, row in zip(names, last["confusion_matrix"], strict=True):
        confusion.add_row(name, *map(str, row))
    print_table(confusion)


def _score(estimator, bunch, data):
    """Score each test split, with and without copies where there is Training; or all images."""
    from ..evaluation import evaluate_published, score_classification

    usage = bunch.get("usage", ())
    rows = {split: usage == split for split in _TESTS if split in usage}
    if not has_splits(bunch):
        rows = {"all": slice(None)}
    if not rows:
        raise ValueError(f"DATA must hold images of {' or '.join(_TESTS)}; {data} holds none.")
    if has_splits(bunch) and "Training" in usage:
        return evaluate_published(estimator, bunch, list(rows))
    return {
        split: {
            "published": score_classification(
                bunch.labels[part], estimator.predict(bunch.images[part])
            )
        }
        for split, part in rows.items()
    }
