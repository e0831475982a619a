"""Additional measurements of the speed benchmark: exactness and the first call."""

import json
import os
import runpy
import subprocess
import sys
from fractions import Fraction
from math import factorial
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from skimage.feature import local_binary_pattern

from fertools.features._lbp import lbp_codes
from fertools.features._zernike import zernike_moments
from fertools.features._zernike_polynomials import zernike_orders

ROOT = Path(__file__).parent.parent
_CHUNK = 1000
_FIRST = """
import json, sys, time
start = time.perf_counter()
import fertools.pipeline
imported = time.perf_counter()
from fertools.datasets import make_faces
crop = make_faces(1, random_state=0).images
features = fertools.pipeline.make_features(tuple(sys.argv[1:]))
seconds = [imported - start]
for _ in range(2):
    start = time.perf_counter()
    features.fit_transform(crop)
    seconds.append(time.perf_counter() - start)
print(json.dumps(seconds))
"""


def lbp_exactness(data):
    """Compare the LBP codes of all images with exact arithmetic and with scikit-image.

    Returns
    -------
    dict
        Per radius, the number of codes, the number that differs from exact arithmetic, and the
        share that equals scikit-image's codes inside the border, which scikit-image fills with
        zeros.
    """
    # The reference implementation of the tests, in integers p + q sqrt 2.
    exact_codes = runpy.run_path(str(ROOT / "tests" / "features" / "test_lbp.py"))["exact_codes"]
    found = {}
    for radius in (1, 2, 3):
        n_codes = n_unequal = n_inner = n_equal = 0
        inner = (slice(None), slice(radius, -radius), slice(radius, -radius))
        for start in range(0, len(data.fer2013.images), _CHUNK):
            images = data.fer2013.images[start : start + _CHUNK]
            ours = lbp_codes(images, 8, radius)
            theirs = np.array([local_binary_pattern(i, 8, radius, "default") for i in images])
            n_codes += ours.size
            n_unequal += int((ours != exact_codes(images, radius)).sum())
            n_inner += ours[inner].size
            n_equal += int((ours == theirs)[inner].sum())
        found[str(radius)] = {
            "codes": n_codes,
            "unequal": n_unequal,
            "equal_to_scikit_image": n_equal / n_inner,
        }
    return found


def _radial_factor(n, m, square):
    """Evaluate the radial polynomial over rho^m in rational arithmetic, at a squared distance."""
    half = (n - m) // 2
    return sum(
        Fraction(
            (-1) ** k * factorial(n - k),
            factorial(k) * factorial((n + m) // 2 - k) * factorial(half - k),
        )
        * square ** (half - k)
        for k in range(half + 1)
    )


def _closed_form(images, degree):
    """Compute the moments of square images in double precision, by summing their definition."""
    size = images.shape[1]
    side = 2 * np.arange(size) + 1 - size
    y, x = np.meshgrid(side, side, indexing="ij")
    squares, index = np.unique(y**2 + x**2, return_inverse=True)
    rho, theta = np.hypot(y, x) / size, np.arctan2(y, x)
    moments = []
    for n, m in zernike_orders(degree):
        factors = [float(_radial_factor(n, m, Fraction(int(s), size**2))) for s in squares]
        radial = np.array(factors)[index].reshape(y.shape) * rho**m
        terms = images * radial * np.exp(-1j * m * theta) * (rho <= 1)
        moments.append((n + 1) / np.pi * terms.sum(axis=(1, 2)) * 4 / size**2)
    return np.stack(moments, axis=1)


def zernike_exactness(data):
    """Return the largest error of the moments of 64 crops, per degree."""
    crops = data.crops[:64]
    return {
        str(degree): float(
            np.abs(zernike_moments(crops, degree) - _closed_form(crops / 255, degree)).max()
        )
        for degree in (8, 12)
    }


def first_call(data):
    """Time a new process, first with an empty cache of compiled code and then with a full one.

    Returns
    -------
    dict
        "compiling" and "cached", each with the seconds of the `import`, and of the `first` and
        `second` call of the default descriptors with one crop.
    """
    found = {}
    with TemporaryDirectory() as folder:
        for state in ("compiling", "cached"):
            done = subprocess.run(
                [sys.executable, "-c", _FIRST, *data.sizes["first"]],
                env=os.environ | {"NUMBA_CACHE_DIR": folder},
                capture_output=True,
                text=True,
                check=True,
            )
            found[state] = dict(
                zip(("import", "first", "second"), json.loads(done.stdout), strict=True)
            )
    return found


CHECKS = {
    "lbp_exactness": lbp_exactness,
    "zernike_exactness": zernike_exactness,
    "first_call": first_call,
}
