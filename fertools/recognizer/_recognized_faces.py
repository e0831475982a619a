"""Faces of one image: a list that also draws itself."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import pandas as pd

from ._pictures import draw_faces, faces_html, kept, rgb_pixels

if TYPE_CHECKING:
    from ._results import RecognizedFace


class RecognizedFaces(list["RecognizedFace"]):
    """List of the faces of one image, with a picture and a table in notebooks.

    It behaves like any list; slices and sums are plain lists. The image is not copied: an array is
    referenced, and a file is read again when it is drawn.

    Parameters
    ----------
    faces : iterable of RecognizedFace, default=()
        Faces, largest first.
    image : array, path, bytes, file object or None, default=None
        Image of the faces. Of a file object, only the path is kept.

    Attributes
    ----------
    image : array, path, bytes or None
        Image of the faces.

    Examples
    --------
    >>> from skimage.data import astronaut
    >>> from fertools.recognizer import ExpressionRecognizer
    >>> faces = ExpressionRecognizer("fast").recognize(astronaut())
    >>> len(faces), faces[0].expression
    (1, 'happy')
    >>> faces.to_frame()[["expression", "x", "y"]].shape
    (1, 3)
    """

    def __init__(self, faces: Iterable["RecognizedFace"] = (), image: Any = None) -> None:
        super().__init__(faces)
        self.image = kept(image)

    def plot(self, ax: Any = None, *, image: Any = None, bars: bool = True) -> Any:
        """Draw the image with boxes and expressions; requires matplotlib.

        Parameters
        ----------
        ax : matplotlib Axes or None, default=None
            Axes to draw on; None creates a new figure.
        image : array, path, bytes or None, default=None
            Image of the faces; None means the attribute `image`.
        bars : bool, default=True
            Add the probabilities of each face on the right, as in `fertools.annotation.annotate`.

        Returns
        -------
        matplotlib Axes

        Raises
        ------
        ValueError
            If there is no image.
        ImageReadError
            If the file cannot be read.
        """
        image = self.image if image is None else image
        if image is None:
            raise ValueError("image must be given, as the pixels of a file object are not kept.")
        return draw_faces(rgb_pixels(image), list(self), ax, bars)

    def to_frame(self) -> pd.DataFrame:
        """Return the faces as a table.

        Returns
        -------
        DataFrame
            One row per face, with the columns of `ExpressionRecognizer.to_frame` except `source`
            and `reason`.
        """
        from ._results import faces_frame

        return faces_frame(self)

    def to_dict(self) -> dict[str, Any]:
        """Return the faces as values that JSON can represent.

        Returns
        -------
        dict
            ``{"faces": [...]}``, with one dict per face, see `RecognizedFace.to_dict`.
        """
        return {"faces": [face.to_dict() for face in self]}

    def _repr_html_(self) -> str:
        return faces_html(self, self.image)
