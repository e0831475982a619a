"""Output containers and feature names of transformers that return images."""

import numpy as np
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted


def _has_columns(estimator):
    return getattr(estimator, "_are_rows", True)


class PixelColumns:
    """Mixin of transformers from images to images, whose output has columns only if flattened.

    The estimator sets `_are_rows` in fit, True for flattened samples, and has `output_shape_`, the
    height and width of the returned images.
    """

    def set_output(self, *, transform=None):
        """Set the output container of flattened samples; images are always arrays.

        Parameters
        ----------
        transform : {"default", "pandas", "polars"} or None, default=None
            Container, see :meth:`sklearn.base.TransformerMixin.set_output`.

        Returns
        -------
        self : object
        """
        if _has_columns(self):
            super().set_output(transform=transform)
        return self

    @available_if(_has_columns)
    def get_feature_names_out(self, input_features=None):
        """Return the names of the pixels; only available for flattened samples.

        Parameters
        ----------
        input_features : None
            Ignored.

        Returns
        -------
        ndarray of str
            Names ``pixel_<y>_<x>`` in row-major order.
        """
        check_is_fitted(self)
        height, width = self.output_shape_
        names = [f"pixel_{y}_{x}" for y in range(height) for x in range(width)]
        return np.array(names, dtype=object)
