"""``fertools webcam``."""

from pathlib import Path
from typing import Annotated

import typer

from .._utils.files import check_folder
from ._inputs import load_recognizer
from ._search_options import (
    MinFaceProbability,
    MinSize,
    Profile,
    Search,
    SearchOption,
    detector_options,
)
from ._terminal import Model, Quiet, tell, user_path
from ._video import Smoothing, video_source


def webcam(
    source: Annotated[
        str, typer.Argument(help="Number of the camera, or address of a stream.")
    ] = "0",
    model: Model = None,
    folder: Annotated[
        Path, typer.Option("--out", help="Output folder for pictures and recordings.")
    ] = Path("."),
    smoothing: Annotated[
        Smoothing, typer.Option(help="Weights of the mean over time.")
    ] = Smoothing.exponential,
    min_probability: Annotated[
        float,
        typer.Option(min=0, max=1, help="Less probable predictions are reported as uncertain."),
    ] = 0.0,
    search: SearchOption = Search.fast,
    min_size: MinSize = None,
    profile: Profile = False,
    min_face_probability: MinFaceProbability = None,
    timeout: Annotated[
        float, typer.Option(min=0.1, help="Seconds to wait for a camera that hangs.")
    ] = 5.0,
    quiet: Quiet = False,
):
    """Show the expressions of faces before a camera in a window.

    q quits, s saves a picture, r starts and stops a recording. People in view must be informed.
    """
    from ..exceptions import VideoReadError
    from ..video import watch

    folder = user_path(folder)
    check_folder(folder)
    detector = detector_options(search, min_size, profile, min_face_probability)
    recognizer = load_recognizer(model, quiet, min_probability=min_probability, **detector)
    try:
        watch(
            video_source(source),
            recognizer,
            folder=folder,
            smoothing=None if smoothing is Smoothing.none else smoothing.value,
            timeout=timeout,
        )
    except VideoReadError as error:
        tell(str(error))
        raise typer.Exit(1) from error
