"""Images of another size."""

from numbers import Integral

import numpy as np
from sklearn.utils._param_validation import Interval

from .._filter import ImageFilter
from .._images import resize


class ImageResizer(ImageFilter):
    """Bring all images to another size.

    Where an image shrinks, a new pixel is the mean of the area it covers; where it grows, it is
    interpolated linearly between its four neighbours.

    Parameters
    ----------
    size : int or tuple of two int, default=48
        Height and width in pixels, or both in one number.
    image_shape : tuple of two int or None, default=None
        How flattened rows unfold; None means one line of pixels.
    n_jobs : int or None, default=None
        Threads over chunks of images.

    Attributes
    ----------
    image_shape_ : tuple of two int
        Height and width of the images seen in fit.
    output_shape_ : tuple of two int
        Height and width of the images put out.
    n_features_in_ : int
        Height times width of the images seen in fit.
    feature_names_in_ : ndarray of str
        Only where X was a DataFrame.

    References
    ----------
    W. K. Pratt (2007). Digital image processing, 4th edition, section 13.5.

    Examples
    --------
    >>> from fertools.datasets import make_faces
    >>> from fertools.preprocessing import ImageResizer
    >>> ImageResizer((64, 32)).fit_transform(make_faces(4, random_state=0).images).shape
    (4, 64, 32)
    """

    _parameter_constraints = {
        **ImageFilter._parameter_constraints,
        "size": [Interval(Integral, 1, None, closed="left"), "array-like"],
    }

    def __init__(self, size=48, *, image_shape=None, n_jobs=None):
        self.size = size
        self.image_shape = image_shape
        self.n_jobs = n_jobs

    def _output_shape(self):
        shape = (self.size, self.size) if np.ndim(self.size) == 0 else tuple(self.size)
        if len(shape) != 2 or not all(isinstance(n, Integral) and 0 < n <= 4096 for n in shape):
            raise ValueError(f"size must be one or two integers in 1..4096; got {self.size!r}.")
        return tuple(int(n) for n in shape)

    def _filter(self, images):
        return np.stack([resize(image, self.output_shape_) for image in images])
