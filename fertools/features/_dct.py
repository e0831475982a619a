"""Discrete cosine transform of images and of blocks, and pooled energies of its coefficients."""

from functools import lru_cache
from numbers import Integral

import numpy as np
from sklearn.utils._param_validation import Interval

from .._utils.pixels import standardized, unit_scale
from ..base import WHOLE, ImageTransformer, cell_box
from ._cell_grids import check_grid
from ._cosine_transform import cosine_basis, dct_zigzag, zigzag
from ._filter_banks import filter_bank, filter_taps
from ._response_pooling import pooled_shares


def block_starts(side, block, step):
    """Return the first pixel of each block along an axis; blocks must fit into the image."""
    return np.arange(0, side - block + 1, step)


def dct_blocks(images, block, step, n_coefficients):
    """Compute the DCT of square blocks of each image.

    Parameters
    ----------
    images : ndarray of shape (n, h, w)
        Images; uint8 values are divided by 255.
    block, step : int
        Side of a block and distance between blocks, in pixels.
    n_coefficients : int
        Number of coefficients per block.

    Returns
    -------
    ndarray of shape (n, rows, columns, n_coefficients), float32
        First coefficients of each block, in zigzag order.
    """
    windows = np.lib.stride_tricks.sliding_window_view(images, (block, block), axis=(1, 2))
    windows = windows[:, ::step, ::step]
    blocks = np.ascontiguousarray(windows).reshape(-1, block, block)
    return dct_zigzag(blocks, n_coefficients).reshape(*windows.shape[:3], n_coefficients)


@lru_cache(maxsize=32)
def cosine_taps(block, n_coefficients):
    """Return the basis images of the block DCT as filters, in zigzag order.

    The anchor of a block with an even side is its first pixel after the center.
    """
    basis = cosine_basis(block)
    u, v = zigzag(block, block, n_coefficients).T
    kernels = basis[u][:, :, None] * basis[v][:, None, :]
    even = 1 - block % 2
    return filter_taps(np.pad(kernels, ((0, 0), (0, even), (0, even))))


def dct_energies(images, block, n_coefficients, grid):
    """Pool the coefficients of the block around every pixel over a grid of cells.

    The response of each basis image of the block DCT at every pixel (images are padded with their
    edge pixels) is split into its positive and negative parts, which are pooled separately.

    Parameters
    ----------
    images : ndarray of shape (n, h, w), float32
        Images.
    block : int
        Side of a block in pixels.
    n_coefficients : int
        Number of coefficients per block, in zigzag order.
    grid : tuple of two int
        Number of rows and columns of cells.

    Returns
    -------
    ndarray of shape (n, rows, columns, 2 * n_coefficients), float32
        Positive and negative part of each coefficient in turn, nonnegative.
    """
    responses = filter_bank(images, cosine_taps(block, n_coefficients), by_row=True)
    signs, nothing = np.float32([1, -1]), np.zeros(2, dtype=np.float32)
    pooled = pooled_shares(responses, responses, signs, nothing, 2, grid)
    return pooled.reshape(len(images), *grid, 2 * n_coefficients)


class DiscreteCosine(ImageTransformer):
    r"""Coefficients of the discrete cosine transform (DCT), in zigzag order.

    .. math::
        F_{uv} = \sum_{y,x} C_{uy} C_{vx} f(y, x), \qquad
        C_{uy} = \sqrt{\tfrac{2 - [u = 0]}{N}} \cos\frac{\pi (2y + 1) u}{2N}

    where N is the number of pixels along the axis. There are three modes:

    - By default, the DCT of the whole image; low frequencies encode the coarse layout of bright
      and dark regions.
    - With `block`, the DCT of square blocks, one every `step` pixels.
    - With `block` and `grid`, the DCT of the block around every pixel. Positive and negative parts
      of the coefficients are pooled over the cells of a grid, which makes the features robust to
      small shifts; the features are square roots of the pooled values divided by their sum.

    Parameters
    ----------
    n_coefficients : int, default=200
        Number of coefficients of the image or of each block, starting with the mean (0, 0).
    block : int or None, default=None
        Side of the blocks in pixels; None transforms the whole image.
    step : int or None, default=None
        Distance between blocks in pixels; None uses `block`, so that blocks do not overlap. Must
        be None if `grid` is given.
    grid : tuple of two int or None, default=None
        Number of rows and columns of the cells for pooling; None does not pool.
    standardize : bool, default=True
        Standardize each image to mean 0 and standard deviation 1, which makes the features
        invariant to gain and offset of the illumination.
    image_shape : tuple of two int or None, default=None
        Height and width of flattened samples.
    n_jobs : int or None, default=None
        Number of threads.

    Attributes
    ----------
    image_shape_ : tuple of two int
        Height and width of the images seen in fit.
    n_features_in_ : int
        Number of pixels per image, height times width.
    feature_names_in_ : ndarray of str
        Names of the features seen in fit; only available if X is a DataFrame.
    groups_ : ndarray of shape (n_features,)
        Name of the descriptor and bounding box of each feature.

    Notes
    -----
    The number of coefficients is limited to the number of pixels of the image or the block.

    References
    ----------
    Z. M. Hafed, M. D. Levine (2001). Face recognition using the discrete cosine transform.
    International Journal of Computer Vision 43(3), 167-188. :doi:`10.1023/A:1011183429707`

    Examples
    --------
    >>> from fertools.datasets import make_faces
    >>> from fertools.features import DiscreteCosine
    >>> images = make_faces(3, random_state=0).images
    >>> dct = DiscreteCosine(100).fit(images)
    >>> dct.transform(images).shape
    (3, 100)
    >>> [str(name) for name in dct.get_feature_names_out()[:3]]
    ['dct_0_0', 'dct_0_1', 'dct_1_0']
    """

    _parameter_constraints = {
        **ImageTransformer._parameter_constraints,
        "n_coefficients": [Interval(Integral, 1, None, closed="left")],
        "block": [Interval(Integral, 2, None, closed="left"), None],
        "step": [Interval(Integral, 1, None, closed="left"), None],
        "grid": ["array-like", None],
        "standardize": ["boolean"],
    }

    def __init__(
        self,
        n_coefficients=200,
        *,
        block=None,
        step=None,
        grid=None,
        standardize=True,
        image_shape=None,
        n_jobs=None,
    ):
        self.n_coefficients = n_coefficients
        self.block = block
        self.step = step
        self.grid = grid
        self.standardize = standardize
        self.image_shape = image_shape
        self.n_jobs = n_jobs

    def _check_geometry(self):
        if self.block is None:
            if self.step is not None or self.grid is not None:
                raise ValueError(
                    "step and grid must be None if block is None; got block=None, "
                    f"step={self.step!r}, grid={self.grid!r}."
                )
            return
        if self.grid is not None:
            check_grid(self.grid)
            if self.block > 64:
                raise ValueError(f"block must be at most 64 if grid is given; got {self.block}.")
            if self.step is not None:
                raise ValueError(f"step must be None if grid is given; got step={self.step!r}.")
        elif self.block > min(self.image_shape_):
            raise ValueError(
                f"block must be at most {min(self.image_shape_)}, the shorter side of the images; "
                f"got {self.block}."
            )

    def _size(self):
        """Return height, width and number of coefficients of one transform."""
        h, w = self.image_shape_ if self.block is None else (self.block, self.block)
        return h, w, min(self.n_coefficients, h * w)

    def _describe(self, images):
        faces = standardized(images) if self.standardize else images
        n_coefficients = self._size()[2]
        if self.block is None:
            return dct_zigzag(faces, n_coefficients)
        if self.grid is None:
            values = dct_blocks(faces, self.block, self.step or self.block, n_coefficients)
            return values.reshape(len(images), -1)
        values = dct_energies(unit_scale(faces), self.block, n_coefficients, tuple(self.grid))
        values = values.reshape(len(images), -1)
        total = values.sum(axis=1, keepdims=True)
        return np.sqrt(values / np.where(total > 0, total, 1))

    def _blocks(self):
        frequencies = [f"{u}_{v}" for u, v in zigzag(*self._size())]
        if self.block is None:
            return [("dct", WHOLE, [f"dct_{frequency}" for frequency in frequencies])]
        descriptor = f"dctb{self.block}"
        if self.grid is not None:
            grid = tuple(self.grid)
            boxes = [(y, x, cell_box(y, x, grid)) for y, x in np.ndindex(*grid)]
            frequencies = [f"{f}_{sign}" for f in frequencies for sign in ("pos", "neg")]
        else:
            h, w = self.image_shape_
            step = self.step or self.block
            boxes = [
                (i, j, (y / h, x / w, (y + self.block) / h, (x + self.block) / w))
                for i, y in enumerate(block_starts(h, self.block, step))
                for j, x in enumerate(block_starts(w, self.block, step))
            ]
        return [
            (descriptor, box, [f"{descriptor}_y{y}x{x}_{frequency}" for frequency in frequencies])
            for y, x, box in boxes
        ]
