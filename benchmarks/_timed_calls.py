"""Calls timed by the speed benchmark: those of fertools and those of other libraries.

Each function is a setup: it takes arrays, prepares the call and returns it.
"""

from functools import partial

import cv2
import mahotas
import numpy as np
from scipy.fft import dctn
from skimage.feature import hog, local_binary_pattern
from sklearn.feature_selection import SelectKBest, f_classif, mutual_info_classif
from sklearn.preprocessing import LabelEncoder

from fertools.detection import ViolaJonesDetector
from fertools.detection._cascades import load_cascade
from fertools.features._cosine_transform import zigzag
from fertools.features._gabor import gabor_sigma
from fertools.persistence import load_pretrained
from fertools.selection import FeatureSubsetSelector
from fertools.selection._mutual_information import Histograms, quantile_codes

N_BINS = 4


def described(descriptor, images):
    """Compute a descriptor of fertools for a batch."""
    return partial(descriptor.fit(images).transform, images)


def one_by_one(function, images):
    """Return a call that maps a function over images."""
    return lambda: [function(image) for image in images]


def skimage_lbp(images):
    return one_by_one(partial(local_binary_pattern, P=8, R=1, method="nri_uniform"), images)


def mahotas_lbp(images):
    return one_by_one(partial(mahotas.features.lbp, radius=1, points=8), images)


def mahotas_zernike(degree, images):
    radius = min(images.shape[1:]) / 2
    return one_by_one(
        partial(mahotas.features.zernike_moments, radius=radius, degree=degree), images
    )


def mahotas_haralick(images):
    """Compute Haralick textures image by image, with 32 gray levels like `HaralickTextures`."""
    return one_by_one(
        partial(mahotas.features.haralick, return_mean=True, use_x_minus_y_variance=True),
        images // 8,
    )


def scipy_dct(n_coefficients, images):
    """Compute the DCT image by image."""
    rows, columns = zigzag(*images.shape[1:], n_coefficients).T

    def transform(image):
        return dctn(image.astype(np.float32) / 255, norm="ortho")[rows, columns]

    return one_by_one(transform, images)


def scipy_dct_batch(n_coefficients, images):
    """Compute the DCT of all images in one call."""
    rows, columns = zigzag(*images.shape[1:], n_coefficients).T
    return lambda: dctn(images.astype(np.float32) / 255, norm="ortho", axes=(1, 2))[
        :, rows, columns
    ]


def skimage_hog(images):
    return one_by_one(
        partial(hog, orientations=9, pixels_per_cell=(8, 8), cells_per_block=(2, 2)), images
    )


def opencv_hog(images):
    height, width = images.shape[1:]
    descriptor = cv2.HOGDescriptor((width, height), (16, 16), (8, 8), (8, 8), 9)
    return one_by_one(descriptor.compute, images)


def opencv_gabor(wavelengths, orientations, images):
    """Compute moduli of complex Gabor filters, averaged over 6 x 6 cells of equal size."""
    height, width = images.shape[1:]
    pairs = []
    for wavelength in wavelengths:
        sigma = gabor_sigma(wavelength, 1)
        size = 2 * int(np.ceil(3 * sigma)) + 1
        for k in range(orientations):
            kernel = partial(
                cv2.getGaborKernel,
                *((size, size), sigma, np.pi * k / orientations, wavelength, 1),
                ktype=cv2.CV_32F,
            )
            pairs.append((kernel(psi=0), kernel(psi=np.pi / 2)))

    def energies(image):
        face = image.astype(np.float32)
        face = (face - face.mean()) / max(face.std(), 1e-6)
        moduli = [
            cv2.magnitude(*(cv2.filter2D(face, cv2.CV_32F, kernel) for kernel in pair))
            for pair in pairs
        ]
        return np.reshape(moduli, (-1, 6, height // 6, 6, width // 6)).mean(axis=(2, 4))

    return one_by_one(energies, images)


def viola_jones(photos):
    detector = ViolaJonesDetector(max_side=None)
    return lambda: sorted(face.box for face in detector.detect(photos[0]))


def opencv_cascade(photos):
    cascade = load_cascade("haarcascade_frontalface_default.xml")
    return lambda: sorted(map(tuple, cascade.detectMultiScale(photos[0], 1.1, 4).tolist()))


def selected(method, n_features, X, y):
    """Select features with `FeatureSubsetSelector`.

    The order is that of the selection, except for "anova", whose features are sorted by index.
    """
    selector = FeatureSubsetSelector(method, n_features_to_select=n_features)
    order = np.sort if method == "anova" else np.asarray
    return lambda: order(selector.fit(X, y).selected_features_)


def sklearn_k_best(n_features, X, y):
    selector = SelectKBest(f_classif, k=n_features)
    return lambda: selector.fit(X, y).get_support(indices=True)


def lego_mrmr(n_features, X, y):
    # Imported here because no other stage needs it.
    from sklego.feature_selection import MaximumRelevanceMinimumRedundancy

    selector = MaximumRelevanceMinimumRedundancy(n_features, kind="classification")
    classes = LabelEncoder().fit_transform(y)
    return lambda: selector.fit(X, classes).selected_features_


def relevance(X, y):
    """Estimate the mutual information of each feature, cut at its quartiles, with the class."""
    classes = LabelEncoder().fit_transform(y)
    return lambda: Histograms(quantile_codes(X, N_BINS), N_BINS, classes).relevance()


def sklearn_relevance(X, y):
    """Compute the same estimate with scikit-learn, from the same bins."""
    return lambda: mutual_info_classif(quantile_codes(X, N_BINS), y, discrete_features=True)


def sklearn_neighbor_relevance(X, y):
    """Compute scikit-learn's estimate from distances between nearest neighbors."""
    return lambda: mutual_info_classif(X, y, random_state=0)


def fitted(classifier, X, y):
    """Fit a classifier, and return the number of support vectors per class."""
    return lambda: classifier.fit(X, y).n_support_


def predicted(classifier, X, y, X_test):
    """Predict with a classifier; fitting is not timed."""
    return partial(classifier.fit(X, y).predict, X_test)


def label(method, crops):
    """Call a method of the shipped model on crops."""
    return partial(getattr(load_pretrained(), method), crops)
