"""Faces brought into one pose, without labels or landmarks."""

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

# The cheapest of what tells poses as well as any; signed directions sharpen the mean face most.
_HOG = OrientedGradients(3, direction="signed", grids=((8, 8),), norm="four-way")
# Where less is left to find, crops are moved by a smaller share of the range.
_LATER = 2 / 3
_IDENTITY = np.eye(2, 3)


def generators(shape):
    r"""Return four maps, (4, 2, 3), that span the similarity transforms about an image's middle.

    The map of the numbers p is :math:`I + \sum_k p_k G_k`. With p = (a, b, u, v), points are
    multiplied by [[1 + a, -b], [b, 1 + a]], and moved by u widths to the right, v heights down.
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


def composed(outer, inner):
    """Return the maps ``outer(inner(point))``; all are of shape (n, 2, 3)."""
    maps = outer[:, :, :2] @ inner
    maps[:, :, 2] += outer[:, :, 2]
    return maps


def inverted(maps):
    """Return the inverse of each map of shape (2, 3)."""
    linear = np.linalg.inv(maps[:, :, :2])
    return np.concatenate([linear, -linear @ maps[:, :, 2:]], axis=2)


def corrections(features, coef, intercept, basis, step):
    """Return the maps, (n, 2, 3), that undo a share of the pose that each row of features tells.

    `coef` is of shape (n_features, 4), `intercept` of (4,), `basis` as `generators` returns it.
    """
    # One product a crop: in one of all, the sums would depend on how many there are.
    numbers = features[:, None] @ coef + intercept
    return _IDENTITY + step * (numbers @ basis.reshape(4, 6)).reshape(-1, 2, 3)


def align(images, coef, intercept, step):
    """Find and undo the pose of each crop, a regression after another.

    Parameters are those of `FaceAligner`; `images` is of shape (n, h, w). Returns the aligned
    images and the maps, (n, 2, 3) float64, from their pixels to those of `images`.
    """
    # The kernels are compiled for arrays of this kind.
    images = np.require(images, requirements=("C", "W"))
    basis = generators(images.shape[1:])
    aligned, maps = images, np.tile(_IDENTITY, (len(images), 1, 1))
    for weights, constant in zip(coef, intercept, strict=True):
        features = _HOG._describe(aligned)
        maps = composed(maps, corrections(features, weights, constant, basis, step))
        # Of the crop itself each time, so that nothing is blurred twice.
        aligned = warp(images, maps)
    return aligned, maps


class FaceAligner(ImageFilter):
    r"""Bring face crops into one pose, which is learned without labels or landmarks.

    Detectors leave faces shifted, turned and of different size. `fit` moves training crops at
    random and learns by ridge regression, from the histograms of oriented gradients of a crop
    that was moved, how to move it back. Where the face of a crop stood before is not known to the
    regression, which takes it for noise and learns the pose against the mean pose of all crops.
    What it tells is undone, the aligned crops are moved again, by less, and the next regression
    learns: a cascade. Mean pose and mean size stay those of the crops.

    Parameters
    ----------
    n_iterations : int, default=4
        Regressions, one after another.
    shift : float, default=0.1
        Largest shift of a training crop to each side, as a share of the width and of the height.
        This and the two that follow are for the first regression; later ones learn from crops
        that are moved by two thirds of it.
    rotation : float, default=15.0
        Largest turn to either side in degrees.
    zoom : float, default=0.15
        Training crops grow or shrink by factors of up to 1 + zoom.
    step : float, default=0.8
        Share of the pose found that is undone in each iteration.
    alpha : float, default=100.0
        Regularization of the ridge regression.
    n_samples : int, default=12000
        Crops to learn from, drawn at random where there are more; as many mirror images of them
        join, so that left and right are alike.
    random_state : int, RandomState or None, default=None
        Decides which crops are drawn and how they are moved.
    image_shape : tuple of two int or None, default=None
        How flattened rows unfold; None means one line of pixels.
    n_jobs : int or None, default=None
        Threads over chunks of images.

    Attributes
    ----------
    coef_ : ndarray of shape (n_iterations, n_features, 4), float32
        Weights of the features in the pose of a face: its size less 1, its clockwise turn in
        radians (these two to the first order), its shift to the right in widths, down in heights.
    intercept_ : ndarray of shape (n_iterations, 4), float32
        Constants of these.
    scores_ : ndarray of shape (n_iterations, 4), float64
        R2 of each of the four on a tenth of the crops, which that regression did not learn from.
    image_shape_, output_shape_ : tuple of two int
        Height and width of the images.
    n_features_in_ : int
        Height times width.
    feature_names_in_ : ndarray of str
        Only where X was a DataFrame.

    Notes
    -----
    Each iteration k composes the map :math:`M` from the pixels of the aligned crop to those of
    the crop :math:`I`, at first the identity, with a correction:

    .. math:: M \leftarrow M \, (1 + s \sum_j p_j G_j), \qquad
        p = W_k^T \mathrm{HOG}(I \circ M) + b_k

    with s the `step` and :math:`G_j` the generators of the similarity transforms; p has mean 0 over
    the training crops. The crop is interpolated once for each M, linearly, and beyond its border
    the nearest pixel is repeated. uint8 stays uint8; floats become float32. Floats in 0..1 are
    rounded to multiples of 1 / 255, so that they are aligned as the same images in uint8 are.

    Regressions that move towards a solution are the supervised descent of [1]_ and the cascaded
    pose regression of [2]_, there learned from landmarks; aligning images to each other without
    any is the congealing of [3]_, done for faces in [4]_.

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

    Where faces are aligned, their mean is sharper:

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
        """Learn to tell the pose of a crop against the mean pose of all.

        Parameters
        ----------
        X : array-like of shape (n_samples, height, width) or (n_samples, height * width)
            At least 2 images.
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
                f"X must hold at least 2 images, one to score; got n_samples = {len(images)}."
            )
        rng = np.random.default_rng(check_random_state(self.random_state).randint(2**31))
        hog = clone(_HOG).set_params(n_jobs=self.n_jobs).fit(images)
        # What undoes a similarity transform is one, and has its four numbers exactly.
        to_numbers = np.linalg.pinv(generators(self.image_shape_).reshape(4, 6))
        self.coef_, self.intercept_, self.scores_ = [], [], []
        for iteration in range(self.n_iterations):
            # New crops each time: of those that it learned from, a regression says too little.
            sample = images[rng.permutation(len(images))[: self.n_samples]]
            # Each beside its mirror image, so that none is learned from and scored at once.
            crops = np.stack([sample, sample[:, :, ::-1]], axis=1).reshape(-1, *self.image_shape_)
            maps = self._find_maps(crops)
            moves = self._draw_moves(len(crops), 1 if iteration == 0 else _LATER, rng)
            numbers = (inverted(moves) - _IDENTITY).reshape(-1, 6) @ to_numbers
            features = hog.transform(warp(crops, composed(maps, moves)))
            n_held_out = 2 * -(-len(sample) // 10)
            ridge = Ridge(self.alpha).fit(features[n_held_out:], numbers[n_held_out:])
            told = ridge.predict(features[:n_held_out])
            self.scores_.append(r2_score(numbers[:n_held_out], told, multioutput="raw_values"))
            self.coef_.append(np.ascontiguousarray(ridge.coef_.T))
            # So that the mean crop is moved nowhere.
            mean = hog.transform(warp(crops, maps)).mean(axis=0)
            self.intercept_.append(-mean @ self.coef_[-1])
        self.coef_, self.intercept_ = np.stack(self.coef_), np.stack(self.intercept_)
        self.scores_ = np.stack(self.scores_)
        return self

    def poses(self, X):
        """Find the pose of each crop.

        Parameters
        ----------
        X : array-like of shape (n_samples, height, width) or (n_samples, height * width)
            Images of the size seen in fit.

        Returns
        -------
        ndarray of shape (n_samples, 2, 3), float64
            Maps A and t of ``A @ (x, y) + t`` from the pixels of the aligned crop to those of the
            crop, as `transform` uses them and ``cv2.warpAffine`` takes them with
            ``cv2.WARP_INVERSE_MAP``.
        """
        check_is_fitted(self)
        return self._find_maps(validate_images(self, X, reset=False))

    def _find_maps(self, images):
        def find(chunk):
            return self._align(chunk)[1].reshape(-1, 6)

        rows = map_chunks(find, images, 6, n_jobs=self.n_jobs, dtype=np.float64)
        return rows.reshape(-1, 2, 3)

    def _filter(self, images):
        return self._align(images)[0]

    def _align(self, images):
        def found(pixels):
            return align(pixels, self.coef_, self.intercept_, self.step)

        if images.dtype == np.uint8:
            return found(images)
        aligned = np.empty(images.shape, dtype=np.float32)
        maps = np.empty((len(images), 2, 3))
        is_unit = in_unit_range(images)
        if is_unit.any():
            pixels, maps[is_unit] = found(gray_levels(images[is_unit]))
            aligned[is_unit] = pixels / np.float32(255)
        if not is_unit.all():
            aligned[~is_unit], maps[~is_unit] = found(images[~is_unit])
        return aligned, maps

    def _draw_moves(self, n, share, rng):
        turns = np.radians(self.rotation) * share * rng.uniform(-1, 1, n)
        shifts = self.shift * share * rng.uniform(-1, 1, (n, 2))
        zooms = (1 + self.zoom) ** (share * rng.uniform(-1, 1, (n, 1)))
        return affine_matrices(self.image_shape_, turns, shifts, np.zeros(n), np.tile(zooms, 2))
