"""Result of the detection in one image of a batch."""

from dataclasses import dataclass, field


@dataclass(frozen=True, repr=False)
class DetectionResult:
    """Faces detected in one image of a batch.

    Attributes
    ----------
    source : str
        Path, name of a file object, or type and position of any other input, such as "array 3"
        for the fourth.
    status : {"ok", "no_face", "missing", "unreadable", "too_large", "invalid"}
        Outcome; "invalid" means that the input is not an image.
    reason : str
        Explanation of a status other than "ok", and how the pixels were scaled if the white level
        of the file was guessed (see `ImageRescaledWarning`); empty otherwise.
    faces : list of Detection
        Detected faces, largest first.
    """

    source: str
    status: str
    reason: str = ""
    faces: list = field(default_factory=list)

    def __repr__(self):
        n_faces = len(self.faces)
        found = f"{n_faces} face{'s' * (n_faces != 1)}" if n_faces else self.status
        return f"{type(self).__name__}({self.source!r}, {found})"
