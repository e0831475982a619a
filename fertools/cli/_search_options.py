"""Options of the search for faces, shared by several commands."""

from enum import StrEnum
from typing import Annotated

import typer


class Search(StrEnum):
    """Searches for faces."""

    fast = "fast"
    full = "full"


def check_probability(probability):
    """Return a probability, after checking its bounds, which typer.Option does not for NaN."""
    if probability is not None and not 0 <= probability <= 1:
        raise typer.BadParameter(f"must be between 0 and 1; got {probability:g}")
    return probability


SearchOption = Annotated[
    Search,
    typer.Option(help="Search for faces: full finds smaller faces and takes 3 to 4 times as long."),
]
MinSize = Annotated[
    int | None,
    typer.Option(
        min=1, max=2**15, help="Smallest face in pixels; by default 30, with --search full 20."
    ),
]
Profile = Annotated[bool, typer.Option("--profile", help="Find faces in profile as well; slower.")]
MinFaceProbability = Annotated[
    float | None,
    typer.Option(
        callback=check_probability,
        help="Least probability that a box shows a face; by default 0.5.",
    ),
]


def detector_options(search, min_size, profile, min_face_probability):
    """Return the detector that the options describe, as a parameter of ExpressionRecognizer.

    Returns
    -------
    dict
        Empty if no option is given: the detector of the model is used.
    """
    from ..detection import make_detector

    given = {"min_size": min_size, "min_face_probability": min_face_probability}
    given = {name: value for name, value in given.items() if value is not None}
    if not given and not profile and search is Search.fast:
        return {}
    return {"detector": make_detector(search.value, profile=profile, **given)}
