"""Content of the responses of the endpoint, as its OpenAPI description shows it."""

from typing import Literal

from pydantic import BaseModel, Field

from ..recognizer import RecognitionResult


class Face(BaseModel):
    """Face and its expression."""

    box: tuple[int, int, int, int] = Field(
        description="Left, top, width and height in pixels of the photo, after it was rotated "
        "according to its EXIF orientation."
    )
    score: float | None = Field(description="Probability that the box shows a face.")
    expression: str | None = Field(
        description='Most probable expression; null if the status is "uncertain".'
    )
    probability: float = Field(description="Probability of the most probable expression.")
    probabilities: dict[str, float] = Field(description="Probability of each expression.")
    status: Literal["ok", "small", "uncertain"] = Field(
        description='"uncertain" if the probability is below min_probability; otherwise "small" '
        "if the face is below 48 pixels."
    )
    expressions: list[str] | None = Field(
        description="Set of expressions that contains the annotated one with the coverage of the "
        "model; null if the model predicts no sets."
    )


class Photo(BaseModel):
    """Photo and its faces, largest first."""

    source: str = Field(description="File name of the photo.")
    status: Literal["ok", "no_face", "missing", "unreadable", "too_large", "invalid"] = Field(
        description="Outcome. A photo that cannot be used does not affect the others."
    )
    reason: str = Field(
        description="Why there is no face, or how a white level was guessed; empty otherwise."
    )
    faces: list[Face]


class Answer(BaseModel):
    """Photos in the order of the request."""

    model: str = Field(description="Name of the model.")
    photos: list[Photo]


class Health(BaseModel):
    """State of the server."""

    status: Literal["ok"] = "ok"
    version: str = Field(description="Version of fertools.")
    models: list[str] = Field(description="Names of the models, the default first.")
    max_bytes: int = Field(description="Largest size of a request in bytes.")
    max_photos: int = Field(description="Largest number of photos per request.")
    max_pixels: int = Field(description="Largest number of pixels per photo.")


class Problem(BaseModel):
    """Reason why a request was refused."""

    detail: str


def photo_of(result: RecognitionResult) -> Photo:
    """Return the content of a response for a photo."""
    faces = [{"probability": face.probability, **vars(face)} for face in result.faces]
    return Photo.model_validate({**vars(result), "faces": faces})
