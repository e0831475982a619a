"""``fertools demo``."""

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from .._utils.files import check_folder
from ._terminal import Quiet, print_table, say, status, user_path, write


def demo(
    folder: Annotated[Path, typer.Option("--out", help="Folder for the picture.")] = Path(
        "fertools_demo"
    ),
    quiet: Quiet = False,
):
    """Recognize a face in a photo, and train three classifiers on drawn faces."""
    from ._demo_run import recognize_astronaut, score_drawn_faces

    folder = user_path(folder)
    check_folder(folder)
    with status("Looking for a face in a photo ...", quiet):
        faces, path = recognize_astronaut(folder)
    for face in faces:
        x, y, width, height = face.box
        say(
            f"A face of {width} x {height} pixels at ({x}, {y}): {face.expression}, "
            f"{face.probability:.0%}. The picture: {path}"
        )
    table = Table("classifier", "accuracy", title="420 drawn faces to train, 210 to test")
    names = {"svm": "support vector machine", "rf": "random forest", "knn": "nearest neighbors"}
    for classifier, name in names.items():
        with status(f"Training: {name} ...", quiet):
            table.add_row(name, f"{score_drawn_faces(classifier):.1%}")
    print_table(table)
    write(
        "Next:\n"
        "  fertools predict PHOTO.jpg --annotate pictures/\n"
        "  fertools train fer2013.zip --classifier svm --out model.fer\n"
        "  fertools evaluate fer2013.zip --model model.fer\n"
    )
