"""Random copies of images: turned, shifted, sheared, zoomed, mirrored, lit, noisy, covered."""

from numbers import Real

import cv2
import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils import check_array, check_random_state
from sklearn.utils._param_validation import Interval

from .._utils.images import check_intensities
from .._utils.validation import as_pixels, stack_images

_SHARE = Interval(Real, 0, 1, closed="both")


def affine_matrices(shape, angles, shifts, shears, zooms):
    """Return the maps from the pixels of the copies back into the images.

    Parameters
    ----------
    shape : tuple of two int
        Height and width.
    angles : ndarray of shape (n,)
        Counter-clockwise turns in radians.
    shifts : ndarray of shape (n, 2)
        To the right and down, in widths and heights.
    shears : ndarray of shape (n,)
        Tangents of the angles by which columns lean.
    zooms : ndarray of shape (n, 2)
        Factors by which the copies are wider and higher.

    Returns
    -------
    ndarray of shape (n, 2, 3), float64
        For each copy A and t of ``A @ (x, y) + t``, about the middle of the image.
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
    """Map images, repeating the nearest pixel beyond the border.

    Parameters
    ----------
    images : ndarray of shape (n, h, w)
    matrices : ndarray of shape (n, 2, 3)
        As `affine_matrices` returns them.

    Returns
    -------
    ndarray of shape (n, h, w)
        Interpolated linearly.
    """
    # OpenCV writes to C-contiguous images only, and empty_like keeps the memory order of `images`.
    out = np.empty(images.shape, dtype=images.dtype)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    size = images.shape[:0:-1]
    for image, matrix, result in zip(images, matrices, out, strict=True):
        cv2.warpAffine(
            image, matrix, size, dst=result, flags=flags, borderMode=cv2.BORDER_REPLICATE
        )
    return out


def cover(images, places, sizes):
    """Paint a rectangle of each image with the mean gray of that image, in place.

    Parameters
    ----------
    images : ndarray of shape (n, h, w)
    places, sizes : ndarray of shape (n, 2)
        Where the rectangle starts, as a share of the room there is for it, and its height and
        width, as shares of the image's.
    """
    shape = np.array(images.shape[1:])
    sides = np.rint(sizes * shape).astype(int)
    starts = np.rint(places * (shape - sides)).astype(int)
    grays = images.mean(axis=(1, 2))
    for image, (y, x), (height, width), gray in zip(images, starts, sides, grays, strict=True):
        image[y : y + height, x : x + width] = gray


class Augmenter(BaseEstimator):
    """Make random copies of face images.

    What varies, varies evenly within its range, independently for each image. The defaults are
    those of the published systems that train on FER-2013 with augmentation; brightness, noise and
    occlusion are off by default.

    Parameters
    ----------
    rotation : float, default=40.0
        Largest turn to either side in degrees.
    shift : float, default=0.2
        Largest shift to each side, as a share of the width and of the height.
    shear : float, default=0.2
        Largest tangent of the angle by which columns lean.
    zoom : float, default=0.2
        Width and height change by factors in 1 - zoom..1 + zoom.
    flip : float, default=0.5
        Probability that a copy is mirrored, left to right.
    brightness : float, default=0.0
        Intensities change by factors in 1 - brightness..1 + brightness.
    noise : float, default=0.0
        Standard deviation of Gaussian noise, where white is 1.
    occlusion : float, default=0.0
        Largest share of the height and of the width that a rectangle covers; it is painted with
        the mean gray.
    random_state : int, RandomState or None, default=None
        Decides all copies: with a seed, each call with images of one shape gives the same.

    Notes
    -----
    Pixels between pixels are interpolated linearly; beyond the border the nearest pixel is
    repeated. Copies are for training only: `AugmentationBalancer` and `AugmentationSampler` put
    them into a pipeline where no test row is ever touched.

    References
    ----------
    P. Y. Simard, D. Steinkraus, J. C. Platt (2003). Best practices for convolutional neural
    networks applied to visual document analysis. ICDAR, 958-963.
    :doi:`10.1109/ICDAR.2003.1227801`

    Examples
    --------
    >>> from fertools.datasets import make_faces
    >>> from fertools.preprocessing import Augmenter
    >>> faces = make_faces(7, random_state=0).images
    >>> copies = Augmenter(rotation=15, noise=0.02, random_state=0).augment(faces)
    >>> copies.shape, copies.dtype
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

    def augment(self, images):
        """Make one copy of each image.

        Parameters
        ----------
        images : ndarray of shape (n, h, w), or list of ndarray of shape (h, w)
            uint8, or floats.

        Returns
        -------
        ndarray of shape (n, h, w)
            uint8, clipped to 0..255, or floats. Images of floats in 0..1 are clipped to 0..1;
            those with negative values, such as the responses of a filter, are not clipped.

        Raises
        ------
        ValueError
            If `images` are not finite gray images of one shape, or a parameter is out of its range.
        """
        self._validate_params()
        images = check_array(
            stack_images(images, "images"),
            ensure_2d=False,
            allow_nd=True,
            ensure_min_samples=0,
            input_name="images",
        )
        if images.ndim != 3 or images.size == 0:
            raise ValueError(
                f"images must be of shape (n, height, width), gray; got {images.shape}."
            )
        images = as_pixels(images, "images")
        check_intensities(images, "images")
        if images.dtype not in (np.uint8, np.float32, np.float64):
            images = images.astype(np.float32)
        seed = check_random_state(self.random_state).randint(2**31)
        rng = np.random.default_rng(seed)
        n = len(images)
        mirrored = rng.random(n) < self.flip
        copies = np.where(mirrored[:, None, None], images[:, :, ::-1], images)
        if self.rotation or self.shift or self.shear or self.zoom:
            angles = np.radians(rng.uniform(-self.rotation, self.rotation, n))
            shifts = rng.uniform(-self.shift, self.shift, (n, 2))
            shears = rng.uniform(-self.shear, self.shear, n)
            zooms = 1 + rng.uniform(-self.zoom, self.zoom, (n, 2))
            copies = warp(copies, affine_matrices(images.shape[1:], angles, shifts, shears, zooms))
        if self.brightness or self.noise:
            copies = self._light(copies, rng)
        if self.occlusion:
            cover(copies, rng.random((n, 2)), rng.uniform(0, self.occlusion, (n, 2)))
        return copies

    def _light(self, images, rng):
        white = 255 if images.dtype == np.uint8 else 1
        factors = 1 + rng.uniform(-self.brightness, self.brightness, (len(images), 1, 1))
        out = np.empty_like(images)
        for image, factor, result in zip(images, factors.astype(np.float32), out, strict=True):
            lit = image * factor
            if self.noise:
                sd = np.float32(self.noise * white)
                lit += sd * rng.standard_normal(image.shape, dtype=np.float32)
            if white == 255:
                lit = np.rint(lit)
            has_scale = white == 255 or (image.min() >= 0 and image.max() <= 1)
            result[...] = np.clip(lit, 0, white) if has_scale else lit
        return out
