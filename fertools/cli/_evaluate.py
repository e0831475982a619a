"""``fertools evaluate``."""

from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from ._inputs import bring_to, load_model, read_data
from ._terminal import Data, Model, Quiet, Report, out, print_json, status

# The splits that are scored, in the order of the output.
_TESTS = ("Validation", "Test", "PublicTest", "PrivateTest")


def evaluate(
    data: Data,
    model: Model = None,
    format: Annotated[Report, typer.Option(help="Of the output.")] = Report.table,
    quiet: Quiet = False,
):
    """Score a model: the test splits, as published and without copies, or else all images."""
    estimator, about = load_model(model, quiet)
    bunch = read_data(data, quiet)
    if about["image_shape"]:
        bunch.images = bring_to(bunch.images, tuple(about["image_shape"]))
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
                table.add_row(usage, protocol, f"{score['n']:,}", *figures)
    out.print(table)
    usage, protocols = scores.popitem()
    last = protocols["published"]
    # Names of classes are foreign text, not rich's markup.
    names = [escape(str(label)) for label in last["labels"]]
    confusion = Table("true \\ predicted", *names, title=f"{usage}, published")
    for name, row in zip(names, last["confusion_matrix"], strict=True):
        confusion.add_row(name, *map(str, row))
    out.print(confusion)


def _score(estimator, bunch, data):
    """Score each test split, with and without copies where there is Training; or all images."""
    from ..evaluation import evaluate_published, score_classification

    usage = bunch.get("usage", ())
    rows = {split: usage == split for split in _TESTS if split in usage}
    if "usage" not in bunch:
        rows = {"all": slice(None)}
    if not rows:
        raise ValueError(f"DATA must hold images of {' or '.join(_TESTS)}; {data} holds none.")
    if "Training" in usage:
        return evaluate_published(estimator, bunch, list(rows))
    return {
        split: {
            "published": score_classification(
                bunch.labels[part], estimator.predict(bunch.images[part])
            )
        }
        for split, part in rows.items()
    }
