"""Unsupervised alignment of face crops."""

from numbers import Integral, Real

import numpy as np
from sklearn.base import clone
from sklearn.linear_model import Ridge
from sklearn.metrics import r2_score
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import Interval
from sklearn.utils.validation import check_is_fitted

from .._utils.parallel import map_chunks
from .._utils.pixels import gray_levels, in_unit_range
from .._utils.validation import validate_images
from ..base import ImageFilter
from ..features import OrientedGradients
from ._augmenter import affine_matrices, warp

# The cheapest of the descriptors that predict poses best; signed directions give the sharpest mean
# face.
_HOG = OrientedGradients(3, direction="signed", grids=((8, 8),), norm="four-way")
# Fraction of the range of poses that later regressions are trained on, as less pose is left.
_LATER = 2 / 3
_IDENTITY = np.eye(2, 3)


def generators(shape):
    r"""Return generators of the similarity transforms about the image center.

    The map of the pose parameters p is :math:`I + \sum_k p_k G_k`. With p = (a, b, u, v), points
    are multiplied by [[1 + a, -b], [b, 1 + a]], and shifted to the right by u widths and down by
    v heights.

    Parameters
    ----------
    shape : tuple of two int
        Height and width.

    Returns
    -------
    ndarray of shape (4, 2, 3), float64
    """
    height, width = shape
    x, y = (width - 1) / 2, (height - 1) / 2
    return np.array(
        [
            [[1, 0, -x], [0, 1, -y]],
            [[0, -1, y], [1, 0, -x]],
            [[0, 0, width], [0, 0, 0]],
            [[0, 0, 0], [0, 0, height]],
        ]
    )


def compose(outer, inner):
    """Compose affine maps of shape (n, 2, 3) to ``outer(inner(point))``."""
    maps = outer[:, :, :2] @ inner
    maps[:, :, 2] += outer[:, :, 2]
    return maps


def invert(maps):
    """Invert affine maps of shape (n, 2, 3)."""
    linear = np.linalg.inv(maps[:, :, :2])
    return np.concatenate([linear, -linear @ maps[:, :, 2:]], axis=2)


def corrections(features, coef, intercept, basis, step):
    """Compute the maps that undo a fraction of the pose predicted from the features of each crop.

    Parameters
    ----------
    features : ndarray of shape (n, n_features)
    coef : ndarray of shape (n_features, 4)
    intercept : ndarray of shape (4,)
    basis : ndarray of shape (4, 2, 3)
        Generators of the similarity transforms.
    step : float
        Fraction of the pose that is undone.

    Returns
    -------
    ndarray of shape (n, 2, 3), float64
    """
    # One product per crop: the rounding of a joint product would depend on the number of crops.
    poses = features[:, None] @ coef + intercept
    return _IDENTITY + step * (poses @ basis.reshape(4, 6)).reshape(-1, 2, 3)


def align(images, coef, intercept, step):
    """Estimate and undo the pose of each crop by a cascade of regressions.

    Parameters
    ----------
    images : ndarray of shape (n, h, w)
    coef, intercept : ndarray
        Attributes `coef_` and `intercept_` of `FaceAligner`.
    step : float
        Fraction of the pose that is undone by each regression.

    Returns
    -------
    aligned : ndarray of shape (n, h, w)
    maps : ndarray of shape (n, 2, 3), float64
        Maps from pixels of the aligned images to pixels of `images`.
    """
    # The compiled functions of the descriptor expect contiguous, writable arrays.
    images = np.require(images, requirements=("C", "W"))
    basis = generators(images.shape[1:])
    aligned, maps = images, np.tile(_IDENTITY, (len(images), 1, 1))
    for weights, constant in zip(coef, intercept, strict=True):
        features = _HOG._describe(aligned)
        maps = compose(maps, corrections(features, weights, constant, basis, step))
        # The original crop is warped each time, so that it is interpolated only once.
        aligned = warp(images, maps)
    return aligned, maps


class FaceAligner(ImageFilter):
    r"""Unsupervised alignment of face crops by cascaded pose regression.

    Faces in the crops of a detector vary in position, rotation and size. `fit` applies random
    similarity transforms to training crops, and trains a ridge regression to predict the inverse
    transforms from histograms of oriented gradients. The unknown original pose of a face acts as
    noise, so that the regression learns the pose relative to the mean pose of all crops. The crops
    are aligned with these predictions and transformed again, with smaller transforms, to train the
    next regression of the cascade. The mean pose and mean size of the crops are preserved. Neither
    labels nor landmarks are needed.

    Parameters
    ----------
    n_iterations : int, default=4
        Number of regressions in the cascade.
    shift : float, default=0.1
        Largest shift of the training crops in each direction, as a fraction of the width or height.
        This range and those of `rotation` and `zoom` apply to the first regression; later ones are
        trained with two thirds of them.
    rotation : float, default=15.0
        Largest rotation of the training crops in degrees, to either side.
    zoom : float, default=0.15
        Range of the zoom: training crops are enlarged or reduced by factors of up to 1 + zoom.
    step : float, default=0.8
        Fraction of the predicted pose that is undone in each iteration.
    alpha : float, default=100.0
        Regularization strength of the ridge regressions.
    n_samples : int, default=12000
        Maximum number of crops to train on; they are sampled without replacement if there are more.
        The mirror image of each is added, so that left and right are treated equally.
    random_state : int, RandomState or None, default=None
        Random seed of the sampling of crops and of their transforms.
    image_shape : tuple of two int or None, default=None
        Height and width of flattened samples; by default, they are single lines of pixels.
    n_jobs : int or None, default=None
        Number of threads.

    Attributes
    ----------
    coef_ : ndarray of shape (n_iterations, n_features, 4), float32
        Coefficients of the features for the four pose parameters: size minus 1 and clockwise
        rotation in radians (both to first order), shift to the right in widths, and shift down in
        heights.
    intercept_ : ndarray of shape (n_iterations, 4), float32
        Intercepts of the four pose parameters.
    scores_ : ndarray of shape (n_iterations, 4), float64
        R2 score of each pose parameter on a held-out tenth of the training crops.
    image_shape_, output_shape_ : tuple of two int
        Height and width of the images.
    n_features_in_ : int
        Number of pixels per image.
    feature_names_in_ : ndarray of str
        Names of the columns of X; only available if X is a DataFrame.

    Notes
    -----
    The map :math:`M` from pixels of the aligned crop to pixels of the original crop :math:`I` is
    initialized with the identity, and each iteration k composes it with a correction:

    .. math:: M \leftarrow M \, (1 + s \sum_j p_j G_j), \qquad
        p = W_k^T \mathrm{HOG}(I \circ M) + b_k

    where s is the `step`, :math:`G_j` are the generators of the similarity transforms, and p has
    mean 0 over the training crops. Each M is applied to the original crop, with bilinear
    interpolation; beyond the border, the nearest pixel is repeated. The output is uint8 for uint8
    and float32 for floats. Floats in 0..1 are rounded to multiples of 1 / 255, so that the result
    agrees with the result for uint8 images.

    Cascades of regressions trained on landmarks were proposed as the supervised descent method
    [1]_ and as cascaded pose regression [2]_. Unsupervised joint alignment of images is known as
    congealing [3]_, and was applied to faces in [4]_.

    References
    ----------
    .. [1] X. Xiong, F. De la Torre (2013). Supervised descent method and its applications to face
       alignment. CVPR, 532-539. :doi:`10.1109/CVPR.2013.75`
    .. [2] P. Dollar, P. Welinder, P. Perona (2010). Cascaded pose regression. CVPR, 1078-1085.
       :doi:`10.1109/CVPR.2010.5540094`
    .. [3] E. G. Learned-Miller (2006). Data driven image models through continuous joint
       alignment. IEEE TPAMI 28(2), 236-250. :doi:`10.1109/TPAMI.2006.34`
    .. [4] G. B. Huang, V. Jain, E. Learned-Miller (2007). Unsupervised joint alignment of complex
       images. ICCV, 1-8. :doi:`10.1109/ICCV.2007.4408858`

    Examples
    --------
    >>> from fertools.datasets import make_faces
    >>> from fertools.preprocessing import Augmenter, FaceAligner
    >>> faces = make_faces(300, random_state=0).images
    >>> moved = Augmenter(15, shift=0.1, shear=0, zoom=0, flip=0, random_state=0).augment(faces)
    >>> aligned = FaceAligner(random_state=0).fit_transform(moved)

    The mean of aligned faces is sharper:

    >>> bool(aligned.mean(axis=0).std() > moved.mean(axis=0).std())
    True
    """

    _parameter_constraints = {
        **ImageFilter._parameter_constraints,
        "n_iterations": [Interval(Integral, 1, 100, closed="both")],
        "shift": [Interval(Real, 0, 1, closed="both")],
        "rotation": [Interval(Real, 0, 180, closed="both")],
        "zoom": [Interval(Real, 0, None, closed="left")],
        "step": [Interval(Real, 0, 1, closed="right")],
        "alpha": [Interval(Real, 0, 1e15, closed="right")],
        "n_samples": [Interval(Integral, 2, None, closed="left")],
        "random_state": ["random_state"],
    }

    def __init__(
        self,
        n_iterations=4,
        *,
        shift=0.1,
        rotation=15.0,
        zoom=0.15,
        step=0.8,
        alpha=100.0,
        n_samples=12000,
        random_state=None,
        image_shape=None,
        n_jobs=None,
    ):
        self.n_iterations = n_iterations
        self.shift = shift
        self.rotation = rotation
        self.zoom = zoom
        self.step = step
        self.alpha = alpha
        self.n_samples = n_samples
        self.random_state = random_state
        self.image_shape = image_shape
        self.n_jobs = n_jobs

    def fit(self, X, y=None):
        """Train the regressions of the pose.

        Parameters
        ----------
        X : array-like of shape (n_samples, height, width) or (n_samples, height * width)
            Training images, at least 2.
        y : None
            Ignored.

        Returns
        -------
        self : object
        """
        super().fit(X)
        images = validate_images(self, X, reset=False)
        if in_unit_range(images).all():
            images = gray_levels(images)
        if len(images) < 2:
            raise ValueError(
                f"X must have at least 2 images, to score on one; got n_samples = {len(images)}."
            )
        rng = np.random.default_rng(check_random_state(self.random_state).randint(2**31))
        hog = clone(_HOG).set_params(n_jobs=self.n_jobs).fit(images)
        # The inverse of a similarity transform is one too, and has exact pose parameters.
        to_pose = np.linalg.pinv(generators(self.image_shape_).reshape(4, 6))
        self.coef_, self.intercept_, self.scores_ = [], [], []
        for iteration in range(self.n_iterations):
            # Crops are drawn again, as the predictions on training crops of earlier regressions
            # are overfitted.
            sample = images[rng.permutation(len(images))[: self.n_samples]]
            # Mirror images are adjacent, so that both or none of a pair are held out.
            crops = np.stack([sample, sample[:, :, ::-1]], axis=1).reshape(-1, *self.image_shape_)
            maps = self._estimate_maps(crops)
            transforms = self._draw_transforms(len(crops), 1 if iteration == 0 else _LATER, rng)
            poses = (invert(transforms) - _IDENTITY).reshape(-1, 6) @ to_pose
            features = hog.transform(warp(crops, compose(maps, transforms)))
            n_held_out = 2 * -(-len(sample) // 10)
            ridge = Ridge(self.alpha).fit(features[n_held_out:], poses[n_held_out:])
            predicted = ridge.predict(features[:n_held_out])
            scores = r2_score(poses[:n_held_out], predicted, multioutput="raw_values")
            self.scores_.append(scores)
            self.coef_.append(np.ascontiguousarray(ridge.coef_.T))
            # The mean prediction is 0, which preserves the mean pose.
            mean = hog.transform(warp(crops, maps)).mean(axis=0)
            self.intercept_.append(-mean @ self.coef_[-1])
        self.coef_, self.intercept_ = np.stack(self.coef_), np.stack(self.intercept_)
        self.scores_ = np.stack(self.scores_)
        return self

    def poses(self, X):
        """Estimate the pose of each crop.

        Parameters
        ----------
        X : array-like of shape (n_samples, height, width) or (n_samples, height * width)
            Images of the size seen in fit.

        Returns
        -------
        ndarray of shape (n_samples, 2, 3), float64
            Matrices (A, t) of the maps ``A @ (x, y) + t`` from pixels of the aligned crop to pixels
            of the original crop. `transform` applies them as ``cv2.warpAffine`` does with the flag
            ``cv2.WARP_INVERSE_MAP``.
        """
        check_is_fitted(self)
        return self._estimate_maps(validate_images(self, X, reset=False))

    def _estimate_maps(self, images):
        def estimate(chunk):
            return self._align(chunk)[1].reshape(-1, 6)

        rows = map_chunks(estimate, images, 6, n_jobs=self.n_jobs, dtype=np.float64)
        return rows.reshape(-1, 2, 3)

    def _filter(self, images):
        return self._align(images)[0]

    def _align(self, images):
        def align_pixels(pixels):
            return align(pixels, self.coef_, self.intercept_, self.step)

        if images.dtype == np.uint8:
            return align_pixels(images)
        aligned = np.empty(images.shape, dtype=np.float32)
        maps = np.empty((len(images), 2, 3))
        is_unit = in_unit_range(images)
        if is_unit.any():
            pixels, maps[is_unit] = align_pixels(gray_levels(images[is_unit]))
            aligned[is_unit] = pixels / np.float32(255)
        if not is_unit.all():
            aligned[~is_unit], maps[~is_unit] = align_pixels(images[~is_unit])
        return aligned, maps

    def _draw_transforms(self, n, scale, rng):
        """Draw random similarity transforms, in `scale` times the ranges of the parameters."""
        angles = np.radians(self.rotation) * scale * rng.uniform(-1, 1, n)
        shifts = self.shift * scale * rng.uniform(-1, 1, (n, 2))
        zooms = (1 + self.zoom) ** (scale * rng.uniform(-1, 1, (n, 1)))
        return affine_matrices(self.image_shape_, angles, shifts, np.zeros(n), np.tile(zooms, 2))
