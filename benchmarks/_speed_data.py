"""Data of the speed benchmark."""

from functools import cached_property
from pathlib import Path

import cv2
import numpy as np
from fer2013_handcrafted import selected_features
from skimage.data import astronaut
from sklearn.preprocessing import StandardScaler

from fertools.datasets import load_fer2013
from fertools.features import DiscreteCosine, LocalZernikeMoments
from fertools.pipeline import make_features
from fertools.selection import FeatureSubsetSelector

SEED = 0
PHOTO = (
    "scikit-image's gray astronaut (a photo of a face), enlarged to 1080 x 1080, and its mirror "
    "image to the right, cropped to 1920 x 1080"
)
FULL = {
    "runs": 7,
    "photo": (1080, 1920),
    "crops": 2048,  # images of most stages
    "wide": 5000,  # features to select from
    "chosen": 2000,  # features of the SVM
    "kept": 500,  # features to select
    "svm_samples": 9570,
    "first": ("lbp", "dct", "zernike"),  # descriptors of the first call
    "mrmr": (2000, 500, 50),  # samples, features, features to select; against scikit-lego
    "images": [500 * 2**k for k in range(7)],
    "sides": [24, 48, 96, 144, 192],
    "side_images": 500,
    "features": [100, 200, 500, 1000, 2000, 5000, 10_000, 20_000],
    "feature_samples": 2000,
    "feature_kept": 50,
    "samples": [500, 1000, 2000, 4000, 8000],
}
TINY = {
    "runs": 2,
    "photo": (240, 400),
    "crops": 16,
    "wide": 300,
    "chosen": 50,
    "kept": 20,
    "svm_samples": 90,
    "first": ("lbp",),
    "mrmr": (90, 40, 5),
    "images": [8, 16],
    "sides": [24, 48],
    "side_images": 4,
    "features": [60, 120],
    "feature_samples": 60,
    "feature_kept": 10,
    "samples": [60, 90],
}


class Data:
    """FER-2013 and arrays derived from it, each computed when it is first used.

    Parameters
    ----------
    path : str or None
        Path of the data, see `load_fer2013`.
    sizes : dict
        Either `FULL` or `TINY`.
    checkpoints : path-like
        Folder of the cached SVM features.
    """

    def __init__(self, path, sizes, checkpoints):
        self.path = path
        self.sizes = sizes
        self.checkpoints = Path(checkpoints)

    @cached_property
    def fer2013(self):
        """Data set returned by `load_fer2013`."""
        return load_fer2013(self.path)

    @cached_property
    def _training(self):
        indices = np.flatnonzero(self.fer2013.usage == "Training")
        return np.random.default_rng(SEED).permutation(indices)

    @cached_property
    def training(self):
        """All Training images, shuffled."""
        return self.fer2013.images[self._training]

    @cached_property
    def labels(self):
        """Labels of the Training images."""
        return self.fer2013.labels[self._training]

    @property
    def crops(self):
        """First Training images."""
        return self.training[: self.sizes["crops"]]

    @cached_property
    def photo(self):
        """Gray photo with two faces, as an array of shape (1, 1080, 1920), uint8."""
        height, width = self.sizes["photo"]
        half = cv2.resize(cv2.cvtColor(astronaut(), cv2.COLOR_RGB2GRAY), (height, height))
        return np.ascontiguousarray(np.hstack([half, half[:, ::-1]])[None, :, :width])

    @cached_property
    def wide(self):
        """Local Zernike moments and block DCT of all Training images, (n, 5000), float32."""
        blocks = DiscreteCosine(6, block=8, grid=(6, 6))
        features = make_features((("lzm", LocalZernikeMoments()), ("dct", blocks)), n_jobs=2)
        described = features.fit_transform(self.training)
        return np.ascontiguousarray(described[:, : self.sizes["wide"]])

    @cached_property
    def chosen(self):
        """Features of the SVM: default descriptors, selected by mRMR and standardized.

        Returns
        -------
        training, public_test : ndarray of shape (n, 2000), float32
        """
        n_features = self.sizes["chosen"]
        path = self.checkpoints / f"speed_{self.fer2013.sha256[:8]}_{n_features}.npz"
        if not path.exists():
            features = make_features(n_jobs=2).fit(self.training)
            selector = FeatureSubsetSelector("mrmr", n_features_to_select=n_features)
            training = selector.fit_transform(features.transform(self.training), self.labels)
            images = self.fer2013.images[self.fer2013.usage == "PublicTest"]
            public_test = selected_features(features, selector, images)
            scaler = StandardScaler().fit(training)
            path.parent.mkdir(parents=True, exist_ok=True)
            np.savez(path, *(scaler.transform(X) for X in (training, public_test)))
        with np.load(path) as kept:
            return kept["arr_0"], kept["arr_1"]
