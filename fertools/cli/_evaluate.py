"""``fertools evaluate``."""

from typing import Annotated

import typer
from rich.table import Table

from ._inputs import load_model, read_data
from ._terminal import Data, Model, Quiet, Report, cell, print_json, print_table, status, tell


def evaluate(
    data: Data,
    model: Model = None,
    format: Annotated[Report, typer.Option(help="Output format.")] = Report.table,
    quiet: Quiet = False,
):
    """Score a model on test data.

    Test splits are scored as published and without duplicates; other data is scored as a whole.
    """
    from ..datasets._resizing import resize_images
    from ..evaluation._splits import has_splits, score_test_splits

    estimator, about = load_model(model, quiet)
    bunch = read_data(data, quiet)
    if about["image_shape"]:
        bunch.images = resize_images(bunch.images, tuple(about["image_shape"]))
    if not has_splits(bunch) and about.get("data_sha256") == bunch.sha256 and not quiet:
        tell("Warning: the model was trained on images of this data; the scores are too high.")
    with status("Scoring ...", quiet):
        scores = score_test_splits(estimator, bunch)
    if format is Report.json:
        print_json(scores)
    else:
        _print_scores(scores)


def _print_scores(scores):
    """Print a table of all scores and the confusion matrix of the last split."""
    table = Table("split", "protocol", "images", "accuracy", "macro-F1")
    for split, protocols in scores.items():
        for protocol, score in protocols.items():
            if score is not None:
                figures = f"{score['accuracy']:.2%}", f"{score['macro_f1']:.2%}"
                table.add_row(cell(split), protocol, f"{score['n']:,}", *figures)
    print_table(table)
    split, protocols = list(scores.items())[-1]
    names = [cell(label) for label in protocols["published"]["labels"]]
    confusion = Table("true \\ predicted", title=cell(f"{split}, published"))
    for name in names:
        confusion.add_column(name)
    for name, row in zip(names, protocols["published"]["confusion_matrix"], strict=True):
        confusion.add_row(name, *map(str, row))
    print_table(confusion)
