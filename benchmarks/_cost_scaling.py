"""Growth of the cost with the number and size of images, features and samples."""

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
    "rows": "training rows",
}
# How many seconds a point may take, were the cost proportional; a series ends before a longer one.
_LONGEST = 30
# What takes less is timed three times.
_SHORT = 5
_TWO_JOBS = ", n_jobs=2"


def series(sizes, call_of):
    """Time a call at growing sizes.

    Parameters
    ----------
    sizes : list of int
    call_of : callable
        ``call_of(size)`` prepares and returns the call.

    Returns
    -------
    dict
        `sizes` and the least `seconds` at each, and the `slope` of the straight line through
        their logarithms.
    """
    seconds = []
    for size in sizes:
        if seconds and seconds[-1] * size / sizes[len(seconds) - 1] > _LONGEST:
            break
        call = call_of(size)
        [taken] = in_turns([call], 1)
        if taken[0] < _SHORT:
            taken += in_turns([call], 2)[0]
        seconds.append(min(taken))
    measured = sizes[: len(seconds)]
    slope = np.polyfit(np.log(measured), np.log(seconds), 1)[0]
    return {"sizes": measured, "seconds": seconds, "slope": float(slope)}


def _transform(descriptor, images):
    return partial(descriptor.fit(images[:1]).transform, images)


def by_images(data):
    """Return a series for each descriptor, on one thread and on two."""
    numbers = data.sizes["images"]
    copies = -(-numbers[-1] // len(data.training))
    images = np.tile(data.training, (copies, 1, 1))
    found = {}
    for name, descriptor in DESCRIPTORS.items():
        for jobs, n_jobs in (("", 1), (_TWO_JOBS, 2)):
            described = clone(descriptor).set_params(n_jobs=n_jobs)
            found[name + jobs] = series(numbers, lambda n, d=described: _transform(d, images[:n]))
    return found


def by_sides(data):
    """Return a series for each descriptor, on one thread."""
    crops = data.training[: data.sizes["side_images"]]

    def call_of(side, descriptor):
        return _transform(descriptor, np.array([cv2.resize(c, (side, side)) for c in crops]))

    return {
        name: series(data.sizes["sides"], partial(call_of, descriptor=descriptor))
        for name, descriptor in DESCRIPTORS.items()
    }


def by_features(data):
    """Return a series for each method of selection."""
    rows, kept = data.sizes["feature_rows"], data.sizes["feature_kept"]
    y = data.labels[:rows]
    X = make_features(n_jobs=2).fit_transform(data.training[:rows])

    def call_of(n_features, method):
        selector = FeatureSubsetSelector(method, n_features_to_select=kept)
        return partial(selector.fit, np.ascontiguousarray(X[:, :n_features]), y)

    return {
        method: series(data.sizes["features"], partial(call_of, method=method))
        for method in METHODS
    }


def by_rows(data):
    """Return the series of fitting `GramSVC`, on one thread and on two."""
    X, y = data.chosen[0], data.labels
    return {
        f"GramSVC{jobs}": series(
            data.sizes["rows"], lambda n, j=n_jobs: partial(GramSVC(n_jobs=j).fit, X[:n], y[:n])
        )
        for jobs, n_jobs in (("", 1), (_TWO_JOBS, 2))
    }


GROWTH = {"images": by_images, "sides": by_sides, "features": by_features, "rows": by_rows}


def plot(growth, folder):
    """Draw ``folder/growth_AXIS.svg`` for each axis that was measured, double logarithmic."""
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
