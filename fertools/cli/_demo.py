"""``fertools demo``."""

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from ._terminal import Quiet, out, status


def demo(
    folder: Annotated[Path, typer.Option("--out", help="Where the picture goes.")] = Path(
        "fertools_demo"
    ),
    quiet: Quiet = False,
):
    """Recognise a face in a photo, train three classifiers on drawn faces, and say what is next."""
    from .._demo import recognize_astronaut, score_drawn_faces

    with status("Looking for a face in a photo ...", quiet):
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
        with status(f"Training: {name} ...", quiet):
            table.add_row(name, f"{score_drawn_faces(classifier):.1%}")
    out.print(table)
    out.print(
        "Next:\n"
        "  fertools predict PHOTO.jpg --annotate pictures/\n"
        "  fertools train fer2013.zip --classifier svm --out model.fer\n"
        "  fertools evaluate fer2013.zip --model model.fer",
        highlight=False,
    )
