"""``fertools predict``."""

import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from ._inputs import load_model
from ._terminal import Format, Jobs, Model, Quiet, out, print_json, tell


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
    min_probability: Annotated[
        float, typer.Option(min=0, max=1, help="Less than this is uncertain: no expression.")
    ] = 0.0,
    jobs: Jobs = 1,
    quiet: Quiet = False,
):
    """Name the expressions in photos. Exit code 1 where a photo gave no face."""
    from ..recognizer import ExpressionRecognizer

    estimator, _ = load_model(model, quiet)
    detector = {"detector": None} if whole else {}
    recognizer = ExpressionRecognizer(estimator, **detector, min_probability=min_probability)
    results = recognizer.recognize_many(photos, n_jobs=jobs, progress=not quiet)
    if annotate is not None:
        _write_annotated(results, annotate)
    if format is Format.json:
        print_json([asdict(result) for result in results])
    elif format is Format.csv:
        recognizer.to_frame(results).to_csv(sys.stdout, index=False)
    else:
        table = Table("photo", "status", "expression", "probability", "box (x y w h)")
        for result in results:
            # Names of files and classes are foreign text, not rich's markup.
            source = escape(result.source)
            for face in result.faces:
                answer = escape(face.expression or ""), f"{face.probability:.0%}"
                table.add_row(source, face.status, *answer, " ".join(map(str, face.box)))
            if not result.faces:
                table.add_row(source, result.status, "", "", "")
        out.print(table)
    for result in results:
        if result.reason:
            tell(result.reason)
    if any(result.status != "ok" for result in results):
        raise typer.Exit(1)


def _write_annotated(results, folder):
    from .._demo import write_picture
    from .._images import read_image
    from ..annotation import annotate

    for number, result in enumerate(results):
        if result.status == "ok":
            # The number keeps photos of one name in different folders apart.
            path = folder / f"{number:03d}_{Path(result.source).stem}.png"
            write_picture(annotate(read_image(result.source), result.faces), path)
