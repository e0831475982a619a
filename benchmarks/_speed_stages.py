"""Stages of the speed benchmark."""

from functools import partial

import _timed_calls as calls
import numpy as np
from _stage_timing import Stage
from sklearn.svm import SVC

from fertools.features import (
    DiscreteCosine,
    FeatureFusion,
    GaborEnergy,
    HaralickTextures,
    LocalBinaryPatterns,
    LocalZernikeMoments,
    OrientedGradients,
    ZernikeMoments,
)
from fertools.kernels import GramSVC
from fertools.pipeline import make_features


def _crops(data):
    return (data.crops,)


def _one(data):
    return (data.crops[:1],)


def _photo(data):
    return (data.photo,)


def _all(data):
    return (data.training,)


def _wide(data):
    return data.wide, data.labels


def _svm(data, part):
    """Return a slice of the training samples of the SVM, and their labels."""
    training, _ = data.chosen
    return training[part], data.labels[part]


def _some_svm(data):
    return _svm(data, slice(data.sizes["svm_samples"]))


def _all_svm(data):
    return _svm(data, slice(None))


def _few(data):
    """Return a problem small enough for scikit-lego, in double precision for equal rounding."""
    n_samples, n_features, _ = data.sizes["mrmr"]
    X, y = _svm(data, slice(n_samples))
    return X[:, :n_features].astype(np.float64), y


def _some_features(data):
    X, y = _some_svm(data)
    return np.ascontiguousarray(X[:, : data.sizes["kept"]]), y


def _per_pixel(operations):
    return lambda images, _: operations * images.size


def _zernike_flops(images, n_outputs):
    # Each modulus takes two sums over all pixels.
    return 4 * n_outputs * images[0].size


def _dct_flops(images, n_outputs):
    # Columns, then rows: the first 300 coefficients are among the 24 lowest frequencies.
    height, width = images.shape[1:]
    return len(images) * 2 * height * width * 24 + 2 * n_outputs * height


def _lbp(images_of, stage, peer, peer_name, **given):
    # Per pixel: four interpolations of seven operations, eight comparisons, one increment.
    ours = partial(calls.described, LocalBinaryPatterns(radii=(1,)))
    return Stage(stage, images_of, ours, peer, peer_name, flops=_per_pixel(37), **given)


def _zernike(images_of, stage, degree, goal=None):
    return Stage(
        stage,
        images_of,
        partial(calls.described, ZernikeMoments(degree)),
        partial(calls.mahotas_zernike, degree),
        ("mahotas", "features.zernike_moments"),
        goal,
        flops=_zernike_flops,
    )


def _dct(images_of, stage, peer, called, goal=None):
    return Stage(
        stage,
        images_of,
        partial(calls.described, DiscreteCosine(300, standardize=False)),
        partial(peer, 300),
        ("scipy", called),
        goal,
        "difference",
        _dct_flops,
    )


def _hog(images_of, stage, grid, peer, peer_name, **given):
    # Per pixel: two differences, a magnitude (four operations), a bin, two sums.
    ours = partial(calls.described, OrientedGradients(grids=(grid,)))
    return Stage(stage, images_of, ours, peer, peer_name, flops=_per_pixel(9), **given)


def _alone(descriptor, stage, images_of=_crops, **given):
    return Stage(stage, images_of, partial(calls.described, descriptor), **given)


def _svm_stage(stage, arrays, setup, peer=None, **given):
    theirs = None if peer is None else partial(setup, peer)
    name = None if peer is None else ("scikit-learn", "svm.SVC")
    return Stage(stage, arrays, partial(setup, GramSVC()), theirs, name, **given)


def make_stages(sizes):
    """Return the stages by name, for the sizes `FULL` or `TINY`."""
    kept, chosen = sizes["kept"], sizes["mrmr"][2]
    codes = ("scikit-image", "feature.local_binary_pattern, codes only")
    gradients = ("scikit-image", "feature.hog")
    gabor = GaborEnergy()
    fusion = FeatureFusion(
        [
            ("lbp", LocalBinaryPatterns()),
            ("dct", DiscreteCosine(300)),
            ("zernike", ZernikeMoments(12)),
            ("hog", OrientedGradients()),
        ],
        n_jobs=2,
    )
    everything = make_features(("lbp", "dct", "zernike", ("hog", OrientedGradients())), n_jobs=2)
    stages = {
        "lbp": _lbp(_crops, "LBP, 59 bins, 6x6 cells", calls.skimage_lbp, codes, goal=25),
        "lbp_mahotas": _lbp(
            _crops,
            "LBP, 59 bins, 6x6 cells",
            calls.mahotas_lbp,
            ("mahotas", "features.lbp, one histogram per image"),
        ),
        "lbp_photo": _lbp(_photo, "LBP of the photo, 59 bins, 6x6 cells", calls.skimage_lbp, codes),
        "zernike_8": _zernike(_crops, "Zernike moments, degree 8", 8, 400),
        "zernike_12": _zernike(_crops, "Zernike moments, degree 12", 12, 600),
        "zernike_photo": _zernike(_photo, "Zernike moments of the photo, degree 8", 8),
        "dct": _dct(_crops, "DCT, 300 coefficients", calls.scipy_dct, "fft.dctn, per image", 8),
        "dct_batch": _dct(
            _crops, "DCT, 300 coefficients", calls.scipy_dct_batch, "fft.dctn, batch", 2
        ),
        "dct_photo": _dct(
            _photo, "DCT of the photo, 300 coefficients", calls.scipy_dct, "fft.dctn"
        ),
        "hog": _hog(
            _crops,
            "HOG, 6x6 cells, 9 orientations, 2x2 blocks",
            (6, 6),
            calls.skimage_hog,
            gradients,
            goal=20,
            compare="difference",
        ),
        "hog_opencv": _hog(
            _crops,
            "HOG, 6x6 cells, 9 orientations, 2x2 blocks",
            (6, 6),
            calls.opencv_hog,
            ("opencv-python", "HOGDescriptor"),
        ),
        "hog_photo": _hog(
            _photo,
            "HOG of the photo, cells of 8x8 pixels",
            tuple(side // 8 for side in sizes["photo"]),
            calls.skimage_hog,
            gradients,
            compare="difference",
        ),
        "local_zernike": _alone(
            LocalZernikeMoments(),
            "local Zernike moments, 4 orders, 7 pixels",
            flops=lambda images, _: 4 * 2 * 2 * 49 * images.size,
        ),
        "gabor": Stage(
            "Gabor energies, 3 wavelengths, 8 orientations, 6x6 cells",
            _crops,
            partial(calls.described, gabor),
            partial(calls.opencv_gabor, gabor.wavelengths, gabor.orientations),
            ("opencv-python", "filter2D with getGaborKernel"),
            # Per pixel and filter: two separable passes of complex weights, 23 pixels on average.
            flops=_per_pixel(24 * 12 * 23),
        ),
        "haralick": Stage(
            "Haralick textures",
            _crops,
            partial(calls.described, HaralickTextures()),
            calls.mahotas_haralick,
            ("mahotas", "features.haralick"),
            compare="difference",
        ),
        "cascade": Stage(
            "Viola-Jones on the photo",
            _photo,
            calls.viola_jones,
            calls.opencv_cascade,
            ("opencv-python", "CascadeClassifier.detectMultiScale"),
            1 / 1.05,
            "equal",
        ),
        "k_best": Stage(
            f"selection of {kept} features by F statistic",
            _some_svm,
            partial(calls.selected, "anova", kept),
            partial(calls.sklearn_k_best, kept),
            ("scikit-learn", "SelectKBest(f_classif)"),
            compare="equal",
            flops=lambda X, y, _: 3 * X.size,
            per="fit",
        ),
        "mutual_info": Stage(
            "mutual information with the class, 4 bins",
            _some_features,
            calls.relevance,
            calls.sklearn_relevance,
            ("scikit-learn", "mutual_info_classif, same bins"),
            compare="difference",
            per="fit",
        ),
        "mutual_info_neighbors": Stage(
            "mutual information with the class, 4 bins",
            _some_features,
            calls.relevance,
            calls.sklearn_neighbor_relevance,
            ("scikit-learn", "mutual_info_classif, nearest neighbors"),
            per="fit",
        ),
        "mrmr": Stage(
            f"mRMR, {chosen} features",
            _few,
            partial(calls.selected, "mrmr", chosen),
            partial(calls.lego_mrmr, chosen),
            ("scikit-lego", "MaximumRelevanceMinimumRedundancy"),
            10,
            "equal",
            lambda X, y, _: 2 * X.size * chosen,
            per="fit",
        ),
        "svm_fit": _svm_stage(
            "GramSVC, fit",
            _some_svm,
            calls.fitted,
            SVC(),
            goal=20,
            flops=lambda X, y, _: len(X) * X.size,
            per="fit",
        ),
        "svm_predict": _svm_stage(
            "GramSVC, predict",
            lambda data: (*_some_svm(data), data.chosen[1]),
            calls.predicted,
            SVC(),
            goal=30,
            compare="equal",
            flops=lambda X, y, X_test, _: 2 * len(X) * X_test.size,
            per="batch",
        ),
        "svm_fit_all": _svm_stage(
            "GramSVC, fit on all Training images",
            _all_svm,
            calls.fitted,
            flops=lambda X, y, _: len(X) * X.size,
            per="fit",
        ),
        "four_descriptors": _alone(
            fusion,
            "LBP + DCT + Zernike + HOG of all Training images",
            _all,
            goal=10,
            per="batch",
            threads=2,
        ),
        "default_and_hog": _alone(
            everything,
            "default descriptors + HOG of all Training images",
            _all,
            per="batch",
            threads=2,
        ),
        "label": Stage(
            "label of a crop, shipped model",
            _one,
            partial(calls.label, "predict"),
            goal=0.003,
            per="crop",
            runs=200,
        ),
        "probabilities": Stage(
            "probabilities of a crop, shipped model",
            _one,
            partial(calls.label, "predict_proba"),
            per="crop",
            runs=200,
        ),
    }
    methods = {
        f"select_{method}": Stage(
            f"selection of {kept} features by {method}",
            _wide,
            partial(calls.selected, method, kept),
            flops=lambda X, y, _: 2 * X.size * kept,
            per="fit",
        )
        for method in ("mrmr", "cfs", "nmi", "jmi", "anova")
    }
    return stages | methods
