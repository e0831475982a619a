"""The command `fertools`: parses, calls, prints.

Results go to standard output, progress and errors to standard error. Exit codes: 0, all is well;
1, some input could not be used, or no face was found in it; 2, an option, the data or the model
was wrong. What is heavy is imported inside the commands, so that ``fertools --help`` is quick.
"""

import json
import sys
import warnings
from contextlib import nullcontext
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from . import __version__

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Facial expression recognition with hand-crafted descriptors.",
)
out, err = Console(), Console(stderr=True)
_TOLD = 5  # files left out that are named


class Format(StrEnum):
    """How results are printed."""

    table = "table"
    json = "json"
    csv = "csv"


class Report(StrEnum):
    """How scores are printed."""

    table = "table"
    json = "json"


class Classifier(StrEnum):
    """The classifiers of make_fer_pipeline."""

    svm = "svm"
    rf = "rf"
    knn = "knn"


Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress on standard error.")]
Model = Annotated[Path | None, typer.Option(help="A model file; default: the shipped model.")]
Jobs = Annotated[int, typer.Option(help="Threads.")]
Data = Annotated[Path, typer.Argument(help="FER-2013: the zip, its folder, or the CSV file.")]


def _status(message, quiet):
    return nullcontext() if quiet else err.status(message)


def _load(model):
    from .persistence import load, load_pretrained

    return load_pretrained() if model is None else load(model)


def _read(load, data, quiet, *, tell=True):
    """Load a data set; what was left out is told in lines, not in a warning."""
    with _status("Reading the images ...", quiet), warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        bunch = load(data)
    lost = bunch.report[bunch.report["status"] != "foreign"]
    for file, _, reason in lost.head(_TOLD).itertuples(index=False) if tell else ():
        err.print(f"Left out {file}: {reason}", highlight=False, markup=False)
    if tell and len(lost) > _TOLD:
        err.print(f"Left out {len(lost) - _TOLD:,} more; see: fertools audit {data}")
    return bunch


def _print_json(content):
    typer.echo(json.dumps(content, indent=2))


def _show_version(value):
    if value:
        typer.echo(f"fertools {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show it.")
    ] = False,
):
    pass


@app.command()
def demo(
    folder: Annotated[Path, typer.Option("--out", help="Where the picture goes.")] = Path(
        "fertools_demo"
    ),
    quiet: Quiet = False,
):
    """Recognise a face in a photo, train three classifiers on drawn faces, and say what is next."""
    from ._demo import recognize_astronaut, score_drawn_faces

    with _status("Looking for a face in a photo ...", quiet):
        faces, path = recognize_astronaut(folder)
    for face in faces:
        x, y, width, height = face.box
        out.print(
            f"A face of {width} x {height} pixels at ({x}, {y}): "
            f"[bold]{face.expression}[/bold], {face.probability:.0%}. The picture: {path}"
        )
    table = Table("classifier", "accuracy", title="420 drawn faces to train, 210 to test")
    names = {"svm": "support vector machine", "rf": "random forest", "knn": "nearest neighbours"}
    for classifier, name in names.items():
        with _status(f"Training: {name} ...", quiet):
            table.add_row(name, f"{score_drawn_faces(classifier):.1%}")
    out.print(table)
    out.print(
        "Next:\n"
        "  fertools predict PHOTO.jpg --annotate pictures/\n"
        "  fertools train fer2013.zip --classifier svm --out model.fer\n"
        "  fertools evaluate fer2013.zip --model model.fer",
        highlight=False,
    )


@app.command()
def predict(
    photos: Annotated[list[Path], typer.Argument(help="Image files.")],
    model: Model = None,
    format: Annotated[Format, typer.Option(help="Of the output.")] = Format.table,
    annotate: Annotated[
        Path | None, typer.Option(help="Folder for pictures with boxes and bars.")
    ] = None,
    whole: Annotated[
        bool, typer.Option("--whole", help="Each image is one face already: do not detect.")
    ] = False,
    jobs: Jobs = 1,
    quiet: Quiet = False,
):
    """Name the expressions in photos. Exit code 1 where a photo gave no face."""
    from .recognizer import ExpressionRecognizer

    detector = {"detector": None} if whole else {}
    recognizer = ExpressionRecognizer(_load(model), **detector)
    results = recognizer.recognize_many(photos, n_jobs=jobs, progress=not quiet)
    if annotate is not None:
        _write_annotated(results, annotate)
    if format is Format.json:
        _print_json([asdict(result) for result in results])
    elif format is Format.csv:
        recognizer.to_frame(results).to_csv(sys.stdout, index=False)
    else:
        table = Table("photo", "status", "expression", "probability", "box (x y w h)")
        for result in results:
            for face in result.faces:
                box = " ".join(map(str, face.box))
                table.add_row(result.source, "ok", face.expression, f"{face.probability:.0%}", box)
            if not result.faces:
                table.add_row(result.source, result.status, "", "", "")
        out.print(table)
    for result in results:
        if result.reason:
            err.print(result.reason, highlight=False, markup=False)
    if any(result.status != "ok" for result in results):
        raise typer.Exit(1)


def _write_annotated(results, folder):
    from ._demo import write_picture
    from ._images import read_image
    from .annotation import annotate

    for number, result in enumerate(results):
        if result.status == "ok":
            # The number keeps photos of one name in different folders apart.
            path = folder / f"{number:03d}_{Path(result.source).stem}.png"
            write_picture(annotate(read_image(result.source), result.faces), path)


@app.command()
def train(
    data: Data,
    out_file: Annotated[Path, typer.Option("--out", help="The model file to write.")],
    classifier: Annotated[Classifier, typer.Option(help="What to train.")] = Classifier.svm,
    features: Annotated[str, typer.Option(help="Descriptors, with commas.")] = "lbp,dct,zernike",
    selector: Annotated[str, typer.Option(help="mrmr, jmi, cfs, nmi or anova.")] = "mrmr",
    n_features: Annotated[
        float, typer.Option(help="Features to keep: how many, or a share below 1.")
    ] = 0.2,
    limit: Annotated[int | None, typer.Option(help="Train on that many images only.")] = None,
    seed: Annotated[int, typer.Option(help="Of the forest and the limit.")] = 0,
    jobs: Jobs = 2,
    quiet: Quiet = False,
):
    """Train a pipeline with probabilities on FER-2013's Training images and save it."""
    import numpy as np

    from .datasets import load_fer2013
    from .evaluation import evaluate_published
    from .persistence import save
    from .pipeline import make_fer_pipeline

    if not out_file.parent.is_dir():
        raise FileNotFoundError(f"--out: there is no folder {out_file.parent}.")
    pipeline = make_fer_pipeline(
        tuple(features.split(",")),
        selector=selector,
        n_features=n_features if n_features < 1 else int(n_features),
        classifier=classifier.value,
        calibrated=True,
        n_jobs=jobs,
        random_state=seed,
    )
    fer = _read(load_fer2013, data, quiet)
    rows = np.flatnonzero(fer.usage == "Training")
    if len(rows) == 0:
        raise ValueError(f"DATA must hold Training images; {data} holds none.")
    if limit is not None and limit < len(rows):
        rows = np.sort(np.random.default_rng(seed).permutation(rows)[:limit])
    with _status(f"Training on {len(rows):,} images ...", quiet):
        pipeline.fit(fer.images[rows], fer.labels[rows])
    scores = {}
    if (fer.usage == "PublicTest").any():
        with _status("Scoring PublicTest ...", quiet):
            scores = evaluate_published(pipeline, fer, splits=["PublicTest"])
        both = scores["PublicTest"]
        accuracies = [f"{k} {both[k]['accuracy']:.2%}" for k in both if both[k] is not None]
        out.print(f"PublicTest accuracy: {', '.join(accuracies)}", highlight=False)
    save(
        pipeline,
        out_file,
        {"training_images": len(rows), "data_sha256": fer.sha256, "scores": scores},
    )
    out.print(f"Wrote {out_file}", highlight=False)


@app.command()
def evaluate(
    data: Data,
    model: Model = None,
    format: Annotated[Report, typer.Option(help="Of the output.")] = Report.table,
    quiet: Quiet = False,
):
    """Score a model on PublicTest and PrivateTest, published and deduplicated."""
    from .datasets import load_fer2013
    from .evaluation import evaluate_published

    estimator = _load(model)
    fer = _read(load_fer2013, data, quiet)
    with _status("Scoring ...", quiet):
        scores = evaluate_published(estimator, fer)
    if format is Report.json:
        _print_json(scores)
        return
    table = Table("split", "protocol", "images", "accuracy", "macro-F1")
    for usage, protocols in scores.items():
        for protocol, score in protocols.items():
            if score is not None:
                figures = f"{score['accuracy']:.2%}", f"{score['macro_f1']:.2%}"
                table.add_row(usage, protocol, f"{score['n']:,}", *figures)
    out.print(table)
    last = scores["PrivateTest"]["published"]
    confusion = Table("true \\ predicted", *last["labels"], title="PrivateTest, published")
    for label, row in zip(last["labels"], last["confusion_matrix"], strict=True):
        confusion.add_row(label, *map(str, row))
    out.print(confusion)


@app.command("audit")
def audit_data(
    data: Annotated[Path, typer.Argument(help="A data set: a folder, an archive or a table.")],
    html: Annotated[Path | None, typer.Option(help="Write a page with pictures there.")] = None,
    format: Annotated[Report, typer.Option(help="Of the output.")] = Report.table,
    detect: Annotated[bool, typer.Option("--detect/--no-detect", help="Look for faces.")] = True,
    jobs: Jobs = 2,
    quiet: Quiet = False,
):
    """Look for copies, conflicting labels, odd light and missing faces in a data set."""
    from .datasets import audit, load_dataset

    if html is not None and not html.parent.is_dir():
        raise FileNotFoundError(f"--html: there is no folder {html.parent}.")
    bunch = _read(load_dataset, data, quiet, tell=False)
    with _status(f"Auditing {len(bunch.images):,} images ...", quiet):
        found = audit(bunch, detect=detect, n_jobs=jobs)
    if html is not None:
        found.to_html(html)
    if format is Report.json:
        _print_json(found.summary())
        return
    _print_frame(found.counts, "Images per class and split")
    _print_frame(found.findings, "Findings")
    _print_frame(found.exact_across, "Images with an exact copy in")
    _print_frame(found.near_across, "Images with an exact or near copy in")
    if found.coverage is not None:
        _print_frame(found.coverage, "Share of images with a face found", "{:.1%}")
    if html is not None:
        out.print(f"Wrote {html}", highlight=False, markup=False)


def _print_frame(frame, title, number="{:,}"):
    import pandas as pd

    # Names of classes and splits are foreign text, not rich's markup.
    table = Table("", title=title)
    for column in frame.columns:
        table.add_column(escape(column), justify="right")
    for name, *row in frame.itertuples():
        cells = ("" if pd.isna(cell) else number.format(cell) for cell in row)
        table.add_row(escape(name), *cells)
    out.print(table)


@app.command()
def info(
    model: Annotated[
        Path | None, typer.Argument(help="A model file; default: the shipped.")
    ] = None,
):
    """Show versions, and what a model file tells about its model, as JSON."""
    from .persistence import pretrained_path, read_metadata

    _print_json({"fertools": __version__, "model": read_metadata(model or pretrained_path())})


def main(args=None):
    """Run the command; whatever is wrong with its inputs is one line and exit code 2.

    Parameters
    ----------
    args : list of str or None, default=None
        None takes those of the process.
    """
    try:
        app(args=args, prog_name="fertools")
    except (ImportError, OSError, ValueError) as error:
        err.print(f"fertools: {error}", highlight=False, markup=False, soft_wrap=True)
        sys.exit(2)
