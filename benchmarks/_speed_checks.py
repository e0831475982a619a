"""Additional measurements of the speed benchmark: exactness and the first call."""

import json
import os
import runpy
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from skimage.feature import local_binary_pattern

from fertools.features._lbp import lbp_codes
from fertools.features._zernike import zernike_moments
from fertools.features._zernike_polynomials import radial_polynomial, zernike_orders

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


def _closed_form(image, degree):
    """Compute the moments of one image in double precision, by summing their definition."""
    side = (2 * np.arange(len(image)) + 1) / len(image) - 1
    y, x = np.meshgrid(side, side, indexing="ij")
    rho, theta = np.hypot(y, x), np.arctan2(y, x)
    inside = rho <= 1
    moments = []
    for n, m in zernike_orders(degree):
        terms = image * radial_polynomial(n, m, rho) * np.exp(-1j * m * theta)
        moments.append((n + 1) / np.pi * terms[inside].sum() * 4 / image.size)
    return np.array(moments)


def zernike_exactness(data):
    """Return the largest error of the moments of 64 crops, per degree."""
    crops = data.crops[:64]
    found = {}
    for degree in (8, 12):
        exact = np.array([_closed_form(crop / 255, degree) for crop in crops])
        found[str(degree)] = float(np.abs(zernike_moments(crops, degree) - exact).max())
    return found


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
