"""Display of explanations: heat maps over faces."""

from typing import Self

import numpy as np

from .._utils.optional import import_optional
from .._utils.text import printable
from ..inspection import explain
from ._image_tiles import BLUE, VERMILION, Tiles

# Opacity of the strongest pixel; keeps the face visible.
_OPACITY = 0.75


def signed_colors():
    """Return a colormap from blue for negative to vermilion for positive values."""
    colors = import_optional("matplotlib.colors", "plot")
    return colors.LinearSegmentedColormap.from_list("signed", [BLUE, "#f4f4f4", VERMILION])


class ExplanationDisplay:
    """Heat maps over faces: regions that support an expression are orange, others blue.

    It is recommended to use `from_estimator`, or the method `plot` of an explanation. All
    parameters are stored as attributes.

    Parameters
    ----------
    explanations : list of Explanation
        Explanations, as returned by `fertools.inspection.explain`.

    Attributes
    ----------
    images_ : list of matplotlib AxesImage
        Drawn faces.
    heat_ : list of matplotlib AxesImage
        Heat maps, with an opacity proportional to the absolute heat.
    text_ : list of matplotlib Text
        Captions: the expression, and its decision value or probability.
    colorbar_ : matplotlib Colorbar or None
        Color scale; None if each heat map has its own scale.
    ax_ : matplotlib Axes
        Axes containing the faces.
    figure_ : matplotlib Figure
        Figure containing `ax_`.

    See Also
    --------
    fertools.inspection.explain : Explanations as tables and arrays.

    Examples
    --------
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.pipeline import make_pipeline
    >>> from fertools.datasets import make_faces
    >>> from fertools.features import OrientedGradients
    >>> from fertools.plotting import ExplanationDisplay
    >>> faces = make_faces(70, random_state=0)
    >>> model = make_pipeline(OrientedGradients(), LogisticRegression())
    >>> model = model.fit(faces.images, faces.labels)
    >>> display = ExplanationDisplay.from_estimator(model, faces.images[:3])
    >>> len(display.heat_)
    3
    """

    def __init__(self, explanations):
        self.explanations = explanations

    def plot(self, ax=None, *, share_scale: bool = False, n_columns: int = 7) -> Self:
        """Draw the heat maps.

        Parameters
        ----------
        ax : matplotlib Axes or None, default=None
            Axes to draw on; None creates a new figure.
        share_scale : bool, default=False
            Use one color scale for all heat maps, so that they can be compared. Otherwise, the
            strongest pixel of each heat map has the strongest color.
        n_columns : int, default=7
            Number of faces per row.

        Returns
        -------
        self : ExplanationDisplay
        """
        limits = np.array([abs(one.heat).max() or 1.0 for one in self.explanations])
        has_bar = share_scale or len(limits) == 1
        if has_bar:
            limits[:] = limits.max()
        tiles = Tiles(len(limits), n_columns, n_lines=2, ax=ax, scale=has_bar)
        self.images_, self.heat_, self.text_ = [], [], []
        colors = signed_colors()
        for tile, (one, limit) in enumerate(zip(self.explanations, limits, strict=True)):
            self.images_.append(tiles.image(tile, one.face))
            style = {"cmap": colors, "vmin": -limit, "vmax": limit}
            opacity = _OPACITY * abs(one.heat) / limit
            self.heat_.append(
                tiles.values(tile, one.heat, alpha=opacity, interpolation="bilinear", **style)
            )
            self.text_.append(tiles.caption(tile, _caption(one)))
        self.ax_, self.figure_ = tiles.ax, tiles.ax.figure
        self.colorbar_ = self._colorbar(tiles, style) if has_bar else None
        return self

    def _colorbar(self, tiles, style):
        """Draw an opaque color bar; that of a heat map would be transparent."""
        cm = import_optional("matplotlib.cm", "plot")
        colors = import_optional("matplotlib.colors", "plot")
        scale = cm.ScalarMappable(colors.Normalize(style["vmin"], style["vmax"]), style["cmap"])
        is_occlusion = self.explanations[0].method == "occlusion"
        name = "loss of probability" if is_occlusion else "contribution per pixel"
        return tiles.colorbar(scale, name)

    @classmethod
    def from_estimator(
        cls,
        pipeline,
        X,
        *,
        expression=None,
        against=None,
        method: str = "auto",
        background=None,
        ax=None,
        share_scale: bool = False,
        n_columns: int = 7,
    ) -> Self:
        """Explain the decisions about faces and draw the explanations.

        Parameters
        ----------
        pipeline : {"fast", "accurate"} or estimator
            Name of a shipped model, or fitted classifier of face crops.
        X : array-like of shape (n, h, w), or sequence of images
            Cropped faces.
        expression, against, method, background
            Parameters of `fertools.inspection.explain`, for all faces.
        ax : matplotlib Axes or None, default=None
            Axes to draw on; None creates a new figure.
        share_scale : bool, default=False
            Use one color scale for all heat maps.
        n_columns : int, default=7
            Number of faces per row.

        Returns
        -------
        display : ExplanationDisplay
        """
        options = {"against": against, "method": method, "background": background}
        explanations = [explain(pipeline, face, expression, **options) for face in X]
        return cls(explanations).plot(ax, share_scale=share_scale, n_columns=n_columns)


def _caption(one):
    against = "" if one.against is None else f"\nagainst {printable(one.against)}"
    value = f"{one.decision:+.2f}" if one.method == "contributions" else f"{one.decision:.0%}"
    return f"{printable(one.expression)} {value}{against}"
