"""Scaling of the time with the number and size of images, features and samples."""

from functools import partial
from pathlib import Path

import cv2
import numpy as np
from _call_costs import in_turns
from _common import drawing
from sklearn.base import clone

from fertools.features import (
    DiscreteCosine,
    GaborEnergy,
    HaralickTextures,
    LocalBinaryPatterns,
    LocalZernikeMoments,
    OrientedGradients,
    ZernikeMoments,
)
from fertools.kernels import GramSVC
from fertools.pipeline import make_features
from fertools.selection import FeatureSubsetSelector

DESCRIPTORS = {
    "LBP": LocalBinaryPatterns(),
    "DCT": DiscreteCosine(300),
    "Zernike": ZernikeMoments(12),
    "local Zernike": LocalZernikeMoments(),
    "HOG": OrientedGradients(),
    "Gabor": GaborEnergy(),
    "Haralick": HaralickTextures(),
}
METHODS = ("mrmr", "cfs", "nmi", "jmi", "anova")
AXES = {
    "images": "images of 48 x 48",
    "sides": "side of an image in pixels",
    "features": "features",
    "samples": "training samples",
}
# A series ends when the next size would take more seconds, if the time were proportional to it.
_MAX_SECONDS = 30
# Calls that take fewer seconds are timed three times.
_SHORT_SECONDS = 5
_TWO_JOBS = ", n_jobs=2"


def series(sizes, call_of):
    """Time a call at increasing sizes.

    Parameters
    ----------
    sizes : list of int
    call_of : callable
        Function of the size that prepares and returns the call.

    Returns
    -------
    dict
        The `sizes`, the minimum of the `seconds` at each size, and the `slope` of a line fitted to
        their logarithms.
    """
    seconds = []
    for size in sizes:
        if seconds and seconds[-1] * size / sizes[len(seconds) - 1] > _MAX_SECONDS:
            break
        call = call_of(size)
        [taken] = in_turns([call], 1)
        if taken[0] < _SHORT_SECONDS:
            taken += in_turns([call], 2)[0]
        seconds.append(min(taken))
    measured = sizes[: len(seconds)]
    slope = np.polyfit(np.log(measured), np.log(seconds), 1)[0]
    return {"sizes": measured, "seconds": seconds, "slope": float(slope)}


def _transform(descriptor, images):
    return partial(descriptor.fit(images[:1]).transform, images)


def by_images(data):
    """Return a series per descriptor, for one and two threads."""
    numbers = data.sizes["images"]
    repeats = -(-numbers[-1] // len(data.training))
    images = np.tile(data.training, (repeats, 1, 1))
    found = {}
    for name, descriptor in DESCRIPTORS.items():
        for jobs, n_jobs in (("", 1), (_TWO_JOBS, 2)):
            described = clone(descriptor).set_params(n_jobs=n_jobs)
            found[name + jobs] = series(numbers, lambda n, d=described: _transform(d, images[:n]))
    return found


def by_sides(data):
    """Return a series per descriptor, for one thread."""
    crops = data.training[: data.sizes["side_images"]]

    def call_of(side, descriptor):
        return _transform(descriptor, np.array([cv2.resize(c, (side, side)) for c in crops]))

    return {
        name: series(data.sizes["sides"], partial(call_of, descriptor=descriptor))
        for name, descriptor in DESCRIPTORS.items()
    }


def by_features(data):
    """Return a series per method of feature selection."""
    n_samples, kept = data.sizes["feature_samples"], data.sizes["feature_kept"]
    y = data.labels[:n_samples]
    X = make_features(n_jobs=2).fit_transform(data.training[:n_samples])

    def call_of(n_features, method):
        selector = FeatureSubsetSelector(method, n_features_to_select=kept)
        return partial(selector.fit, np.ascontiguousarray(X[:, :n_features]), y)

    return {
        method: series(data.sizes["features"], partial(call_of, method=method))
        for method in METHODS
    }


def by_samples(data):
    """Return the series of fitting `GramSVC`, for one and two threads."""
    X, y = data.chosen[0], data.labels
    return {
        f"GramSVC{jobs}": series(
            data.sizes["samples"], lambda n, j=n_jobs: partial(GramSVC(n_jobs=j).fit, X[:n], y[:n])
        )
        for jobs, n_jobs in (("", 1), (_TWO_JOBS, 2))
    }


GROWTH = {"images": by_images, "sides": by_sides, "features": by_features, "samples": by_samples}


def plot(growth, folder):
    """Draw a log-log plot ``folder/growth_AXIS.svg`` per axis."""
    plt = drawing()
    for axis, found in growth.items():
        figure, axes = plt.subplots(figsize=(8, 4.4), layout="constrained")
        colors = {}
        for label, one in found.items():
            name = label.removesuffix(_TWO_JOBS)
            axes.loglog(
                one["sizes"],
                one["seconds"],
                "-" if label == name else "--",
                color=colors.setdefault(name, f"C{len(colors)}"),
                marker=".",
                label=f"{label}: {one['slope']:.2f}",
            )
        axes.set(xlabel=AXES[axis], ylabel="seconds")
        ticks = max((one["sizes"] for one in found.values()), key=len)
        axes.set_xticks(ticks, [f"{size:,}" for size in ticks])
        axes.minorticks_off()
        axes.grid(alpha=0.3)
        axes.legend(title="slope", fontsize="x-small", loc="upper left", bbox_to_anchor=(1, 1))
        figure.savefig(Path(folder) / f"growth_{axis}.svg", metadata={"Date": None})
        plt.close(figure)
