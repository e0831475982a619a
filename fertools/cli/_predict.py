"""``fertools predict``."""

import os
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from .._utils.files import check_folder, make_folder
from ._inputs import find_photos, load_recognizer
from ._search_options import (
    MinFaceProbability,
    MinSize,
    Profile,
    Search,
    SearchOption,
    check_probability,
    detector_options,
)
from ._terminal import (
    Format,
    Jobs,
    Model,
    Quiet,
    cell,
    print_csv,
    print_json,
    print_table,
    tell,
    user_path,
)

_MAX_NAME = 255  # bytes of a file name on common file systems


def predict(
    photos: Annotated[
        list[Path], typer.Argument(help="Image files, and folders to search for images.")
    ],
    model: Model = None,
    format: Annotated[Format, typer.Option(help="Output format.")] = Format.table,
    annotate: Annotated[
        Path | None, typer.Option(help="Output folder for pictures with boxes and probabilities.")
    ] = None,
    whole: Annotated[
        bool, typer.Option("--whole", help="Treat each image as one cropped face.")
    ] = False,
    min_probability: Annotated[
        float,
        typer.Option(
            callback=check_probability,
            help="Less probable predictions are reported as uncertain.",
        ),
    ] = 0.0,
    search: SearchOption = Search.fast,
    min_size: MinSize = None,
    profile: Profile = False,
    min_face_probability: MinFaceProbability = None,
    jobs: Jobs = 1,
    quiet: Quiet = False,
):
    """Recognize facial expressions in photos.

    The exit code is 1 if a photo cannot be used or shows no face.
    """
    if annotate is not None:
        annotate = user_path(annotate)
        check_folder(annotate)
    photos, problems = find_photos(photos)
    options = detector_options(search, min_size, profile, min_face_probability)
    if whole and options:
        raise typer.BadParameter("options of the search must not be combined with --whole")
    options = {"detector": None} if whole else options
    recognizer = load_recognizer(model, quiet, min_probability=min_probability, **options)
    results = list(recognizer.recognize_many(photos, n_jobs=jobs, progress=not quiet))
    if format is Format.json:
        print_json([result.to_dict() for result in results])
    elif format is Format.csv:
        print_csv(recognizer.to_frame(results))
    else:
        _print_results(results)
    for result in results:
        if result.status == "ok" and result.reason:  # a guessed white level
            tell(result.reason)
    problems += [result.reason for result in results if result.status != "ok"]
    if annotate is not None:
        problems += _write_annotated(results, annotate)
    for problem in problems:
        tell(problem)
    if problems:
        raise typer.Exit(1)


def _print_results(results):
    """Print a table with one row per face, and one per photo without a face."""
    table = Table("photo", "status", "expression", "probability", "box (x y w h)")
    for result in results:
        source = cell(result.source)
        for face in result.faces:
            answer = cell(face.expression or ""), f"{face.probability:.0%}"
            table.add_row(source, face.status, *answer, " ".join(map(str, face.box)))
        if not result.faces:
            table.add_row(source, result.status, "", "", "")
    print_table(table)


def _write_annotated(results, folder):
    """Write photos with annotated faces; return messages about pictures that cannot be written."""
    from .._utils.image_files import read_image
    from ..annotation import annotate, save_image

    problems = []
    make_folder(folder)
    for number, result in enumerate(results):
        if result.status != "ok":
            continue
        try:
            picture = annotate(read_image(result.source), result.faces)
            save_image(picture, folder / _picture_name(number, result.source))
        except (OSError, ValueError) as error:
            problems.append(f"{result.source}: the annotated picture is missing. {error}")
    return problems


def _picture_name(number, source):
    """Return the file name of an annotated picture, shortened to what file systems allow.

    The number distinguishes photos of the same name in different folders.
    """
    prefix, stem, suffix = f"{number:03d}_", Path(source).stem, ".png"
    while len(os.fsencode(prefix + stem + suffix)) > _MAX_NAME:
        stem = stem[:-1]
    return prefix + stem + suffix
