"""``fertools evaluate``."""

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from ._inputs import load_model, load_recognizer, read_data
from ._terminal import Data, Model, Quiet, Report, cell, print_json, print_table, status, tell


class _PhotoClassifier:
    """Classifier of whole photos: the expression of the largest face, or "no_face".

    `problems` has the reasons why photos could not be recognized.
    """

    def __init__(self, recognizer):
        self.recognizer, self.problems = recognizer, []

    def predict(self, images):
        """Return the expression of the largest face of each photo."""
        import numpy as np

        from ..evaluation._scores import NO_FACE

        names = []
        for result in self.recognizer.recognize_many(images):
            if result.status not in ("ok", "no_face"):
                self.problems.append(result.reason)
            names.append((result.faces[0].expression if result.faces else None) or NO_FACE)
        return np.array(names)


def evaluate(
    data: Data,
    model: Model = None,
    detect: Annotated[
        bool,
        typer.Option(
            "--detect",
            help="Find the largest face of each image, as predict does, instead of taking each "
            "image as one cropped face. A photo without a face counts as wrong.",
        ),
    ] = False,
    format: Annotated[Report, typer.Option(help="Output format.")] = Report.table,
    groups: Annotated[
        Path | None,
        typer.Option(
            metavar="CSV",
            help="Table of people, to score each group: the first column is the file name, with "
            "or without folders and extension, the others are groups, such as age or gender.",
        ),
    ] = None,
    quiet: Quiet = False,
):
    """Score a model on test data.

    Test splits are scored as published and without duplicates; other data is scored as a whole.
    """
    from ..datasets._labels import match_classes
    from ..datasets._resizing import resize_images
    from ..detection._smaller_faces import show_smaller_faces
    from ..evaluation._splits import has_splits, score_test_splits

    estimator, about = load_model(model, quiet)
    bunch = read_data(data, quiet)
    bunch, unknown = match_classes(bunch, estimator.classes_)
    if len(unknown) == len(bunch.target_names):
        raise ValueError(
            f"data must contain classes of the model, {estimator.classes_.tolist()}; got {unknown}."
        )
    if unknown and not quiet:
        tell(
            f"Warning: the model cannot predict {', '.join(unknown)}; these images count as wrong."
        )
    if detect:
        estimator = _PhotoClassifier(load_recognizer(model, quiet))
        bunch.labels = bunch.labels.astype(str)
        bunch.target_names = [str(name) for name in bunch.target_names]
    elif about["image_shape"]:
        shape = tuple(about["image_shape"])
        if not quiet and show_smaller_faces(bunch.images, shape):
            tell("Warning: the images are not cropped faces; --detect finds the faces in them.")
        bunch.images = resize_images(bunch.images, shape)
    if not has_splits(bunch) and about.get("data_sha256") == bunch.sha256 and not quiet:
        tell("Warning: the model was trained on images of this data; the scores are too high.")
    with status("Scoring ...", quiet):
        scores = score_test_splits(estimator, bunch)
    if detect and estimator.problems:
        n_failed, reason = len(estimator.problems), estimator.problems[0]
        tell(f"{n_failed:,} of the photos could not be recognized and count as wrong: {reason}")
    table = None if groups is None else _score_groups(estimator, bunch, groups)
    if format is Report.json:
        by_group = {} if table is None else {"groups": table.to_dict("records")}
        print_json(scores | by_group)
    else:
        _print_scores(scores)
        if table is not None:
            _print_groups(table)


def _score_groups(estimator, bunch, path):
    """Score the groups of a table of people, on all images that are not in Training."""
    import pandas as pd

    from ..datasets import take_samples
    from ..evaluation import score_groups
    from ..evaluation._group_scores import groups_of_ids

    try:
        # A converter keeps names such as "NA", and leading zeros.
        people = pd.read_csv(path, converters={0: str})
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError) as error:
        raise ValueError(f"{path} must be a CSV file: {error}") from None
    if people.shape[1] < 2:
        raise ValueError(
            f"{path} must have a column of file names and at least one column of groups; got "
            f"{list(people.columns)}."
        )
    if "usage" in bunch:
        bunch = take_samples(bunch, bunch.usage != "Training")
    groups = groups_of_ids(people, bunch.ids)
    return score_groups(bunch.labels, estimator.predict(bunch.images), groups)


def _print_groups(groups):
    table = Table("column", "group", "images", "accuracy", "95 % interval", "macro-F1")
    for row in groups.itertuples(index=False):
        table.add_row(
            cell(row.column),
            cell(row.group),
            f"{row.n:,}",
            f"{row.accuracy:.2%}",
            f"{row.lower:.1%} to {row.upper:.1%}",
            f"{row.macro_f1:.2%}",
        )
    print_table(table)


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
