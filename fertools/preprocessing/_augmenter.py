"""Random augmentation of images."""

from numbers import Real

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator
from sklearn.utils import check_array, check_random_state
from sklearn.utils._param_validation import Interval

from .._utils.images import check_intensities
from .._utils.validation import as_pixels, stack_images

_SHARE = Interval(Real, 0, 1, closed="both")


def affine_matrices(shape, angles, shifts, shears, zooms):
    """Compute the affine maps from output pixels to input pixels.

    Parameters
    ----------
    shape : tuple of two int
        Height and width.
    angles : ndarray of shape (n,)
        Rotation angles in radians, counter-clockwise.
    shifts : ndarray of shape (n, 2)
        Shifts to the right and down, as fractions of the width and height.
    shears : ndarray of shape (n,)
        Tangents of the horizontal shear angles.
    zooms : ndarray of shape (n, 2)
        Scale factors of width and height.

    Returns
    -------
    ndarray of shape (n, 2, 3), float64
        Matrices (A, t) of the maps ``A @ (x, y) + t``, centered on the image.
    """
    height, width = shape
    cos, sin = np.cos(angles), np.sin(angles)
    rotation = np.array([[cos, -sin], [sin, cos]]).transpose(2, 0, 1)
    shear = np.tile(np.eye(2), (len(angles), 1, 1))
    shear[:, 0, 1] = shears
    linear = rotation @ shear / zooms[:, None, :]
    middle = np.array([(width - 1) / 2, (height - 1) / 2])
    moved = middle + shifts * (width, height)
    offset = middle - np.einsum("nij,nj->ni", linear, moved)
    return np.concatenate([linear, offset[:, :, None]], axis=2)


def warp(images, matrices):
    """Warp images with bilinear interpolation, repeating the nearest pixel beyond the border.

    Parameters
    ----------
    images : ndarray of shape (n, h, w)
    matrices : ndarray of shape (n, 2, 3)
        Maps from output pixels to input pixels, as returned by `affine_matrices`.

    Returns
    -------
    ndarray of shape (n, h, w)
    """
    # OpenCV only writes to C-contiguous arrays, and empty_like would keep the order of `images`.
    out = np.empty(images.shape, dtype=images.dtype)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    size = images.shape[:0:-1]
    for image, matrix, result in zip(images, matrices, out, strict=True):
        cv2.warpAffine(
            image, matrix, size, dst=result, flags=flags, borderMode=cv2.BORDER_REPLICATE
        )
    return out


def cover(images, places, sizes):
    """Fill a rectangle of each image with the mean gray level of that image, in place.

    Parameters
    ----------
    images : ndarray of shape (n, h, w)
    places, sizes : ndarray of shape (n, 2)
        Position (y, x) of each rectangle, as a fraction of the range that keeps it inside the
        image, and its height and width, as fractions of those of the image.
    """
    shape = np.array(images.shape[1:])
    sides = np.rint(sizes * shape).astype(int)
    starts = np.rint(places * (shape - sides)).astype(int)
    grays = images.mean(axis=(1, 2))
    for image, (y, x), (height, width), gray in zip(images, starts, sides, grays, strict=True):
        image[y : y + height, x : x + width] = gray


class Augmenter(BaseEstimator):
    """Random augmentation of face images.

    Geometry, brightness, noise and occlusion are varied independently for each image, with
    parameters drawn from uniform distributions. The defaults follow [1]_, who train on FER-2013
    with augmentation; brightness, noise and occlusion are off by default.

    Parameters
    ----------
    rotation : float, default=40.0
        Largest rotation in degrees, to either side.
    shift : float, default=0.2
        Largest shift in each direction, as a fraction of the width or height.
    shear : float, default=0.2
        Largest tangent of the horizontal shear angle.
    zoom : float, default=0.2
        Range of the zoom: width and height are scaled by factors in 1 - zoom..1 + zoom.
    flip : float, default=0.5
        Probability of a horizontal flip.
    brightness : float, default=0.0
        Range of the brightness: intensities are multiplied by factors in
        1 - brightness..1 + brightness.
    noise : float, default=0.0
        Standard deviation of additive Gaussian noise, on a scale where white is 1.
    occlusion : float, default=0.0
        Largest height and width of an occluding rectangle, as a fraction of the height and width
        of the image. The rectangle is filled with the mean gray level.
    random_state : int, RandomState or None, default=None
        Random seed. With an int, calls with equal images return equal results.

    Notes
    -----
    Images are interpolated bilinearly; beyond the border, the nearest pixel is repeated.
    Augmentation is meant for training samples only: `AugmentationBalancer` and
    `AugmentationSampler` apply it in a pipeline without changing test samples.

    References
    ----------
    .. [1] Facial emotion recognition using deep learning (CNN). Project slides, author not named,
       undated.
    .. [2] P. Y. Simard, D. Steinkraus, J. C. Platt (2003). Best practices for convolutional neural
       networks applied to visual document analysis. ICDAR, 958-963.
       :doi:`10.1109/ICDAR.2003.1227801`

    Examples
    --------
    >>> from fertools.datasets import make_faces
    >>> from fertools.preprocessing import Augmenter
    >>> faces = make_faces(7, random_state=0).images
    >>> augmented = Augmenter(rotation=15, noise=0.02, random_state=0).augment(faces)
    >>> augmented.shape, augmented.dtype
    ((7, 48, 48), dtype('uint8'))
    """

    _parameter_constraints = {
        "rotation": [Interval(Real, 0, 180, closed="both")],
        "shift": [_SHARE],
        "shear": [_SHARE],
        "zoom": [Interval(Real, 0, 1, closed="left")],
        "flip": [_SHARE],
        "brightness": [_SHARE],
        "noise": [_SHARE],
        "occlusion": [_SHARE],
        "random_state": ["random_state"],
    }

    def __init__(
        self,
        rotation=40.0,
        *,
        shift=0.2,
        shear=0.2,
        zoom=0.2,
        flip=0.5,
        brightness=0.0,
        noise=0.0,
        occlusion=0.0,
        random_state=None,
    ):
        self.rotation = rotation
        self.shift = shift
        self.shear = shear
        self.zoom = zoom
        self.flip = flip
        self.brightness = brightness
        self.noise = noise
        self.occlusion = occlusion
        self.random_state = random_state

    def augment(self, images: ArrayLike) -> NDArray:
        """Return one augmented image per image.

        Parameters
        ----------
        images : ndarray of shape (n, h, w), or list of ndarray of shape (h, w)
            Gray images, uint8 or floats.

        Returns
        -------
        ndarray of shape (n, h, w)
            Augmented images: uint8, clipped to 0..255, or floats. Float images in 0..1 are clipped
            to 0..1; those with other values, such as the responses of a filter, are not clipped.

        Raises
        ------
        ValueError
            If `images` are not finite gray images of one shape, or a parameter is out of range.
        """
        self._validate_params()
        stacked = check_array(
            stack_images(images, "images"),
            ensure_2d=False,
            allow_nd=True,
            ensure_min_samples=0,
            input_name="images",
        )
        if stacked.ndim != 3 or stacked.size == 0:
            raise ValueError(
                f"images must be gray images of shape (n, height, width); got {stacked.shape}."
            )
        pixels = as_pixels(stacked, "images")
        check_intensities(pixels, "images")
        seed = check_random_state(self.random_state).randint(2**31)
        rng = np.random.default_rng(seed)
        n = len(pixels)
        flipped = rng.random(n) < self.flip
        augmented = np.where(flipped[:, None, None], pixels[:, :, ::-1], pixels)
        if self.rotation or self.shift or self.shear or self.zoom:
            angles = np.radians(rng.uniform(-self.rotation, self.rotation, n))
            shifts = rng.uniform(-self.shift, self.shift, (n, 2))
            shears = rng.uniform(-self.shear, self.shear, n)
            zooms = 1 + rng.uniform(-self.zoom, self.zoom, (n, 2))
            maps = affine_matrices(pixels.shape[1:], angles, shifts, shears, zooms)
            augmented = warp(augmented, maps)
        if self.brightness or self.noise:
            augmented = self._change_intensities(augmented, rng)
        if self.occlusion:
            cover(augmented, rng.random((n, 2)), rng.uniform(0, self.occlusion, (n, 2)))
        return augmented

    def _change_intensities(self, images, rng):
        white = 255 if images.dtype == np.uint8 else 1
        factors = 1 + rng.uniform(-self.brightness, self.brightness, (len(images), 1, 1))
        out = np.empty_like(images)
        for image, factor, result in zip(images, factors.astype(np.float32), out, strict=True):
            changed = image * factor
            if self.noise:
                sd = np.float32(self.noise * white)
                changed += sd * rng.standard_normal(image.shape, dtype=np.float32)
            if white == 255:
                changed = np.rint(changed)
            has_scale = white == 255 or (image.min() >= 0 and image.max() <= 1)
            result[...] = np.clip(changed, 0, white) if has_scale else changed
        return out
