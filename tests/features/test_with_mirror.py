import numpy as np
import pytest
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from fertools.datasets import make_faces
from fertools.features import DiscreteCosine, OrientedGradients, WithMirror


@pytest.fixture(scope="module")
def images():
    return make_faces(80, random_state=0).images


def test_rows_hold_the_image_and_then_its_mirror_image(images):
    rows = WithMirror(OrientedGradients()).fit_transform(images)
    left, right = np.hsplit(rows, 2)
    hog = OrientedGradients().fit(images)
    np.testing.assert_array_equal(left, hog.transform(images))
    np.testing.assert_array_equal(right, hog.transform(images[:, :, ::-1]))


def test_a_mirror_image_has_its_sides_swapped(images):
    pair = WithMirror(make_pipeline(OrientedGradients(), StandardScaler())).fit(images)
    left, right = np.hsplit(pair.transform(images), 2)
    swapped = np.hstack([right, left])
    np.testing.assert_allclose(pair.transform(images[:, :, ::-1]), swapped, atol=1e-5)


def test_a_scale_is_learned_from_both_sides(images):
    lit = images.astype(np.float32) / 255
    lit[:, :, :24] /= 2
    pair = WithMirror(make_pipeline(OrientedGradients(), StandardScaler()))
    both = np.vstack(np.hsplit(pair.fit_transform(lit), 2))
    np.testing.assert_allclose(both.mean(axis=0), 0, atol=1e-5)
    np.testing.assert_allclose(pair.transform(lit[:1]), pair.transform(lit)[:1], atol=1e-5)


def test_labels_reach_the_transformer_for_both(images):
    class Labeled(DiscreteCosine):
        def fit(self, X, y=None):
            self.y_ = y
            return super().fit(X)

    pair = WithMirror(Labeled(4)).fit(images[:2], ["sad", "happy"])
    assert pair.transformer_.y_.tolist() == ["sad", "happy", "sad", "happy"]


def test_names_and_places(images):
    hog = OrientedGradients(grids=((4, 4),)).fit(images)
    pair = WithMirror(hog).fit(images)
    names, groups = pair.get_feature_names_out(), pair.groups_
    n_features = len(hog.groups_)
    assert names[n_features:].tolist() == [f"mirror_{name}" for name in names[:n_features]]
    np.testing.assert_array_equal(groups[:n_features], hog.groups_)
    # The first block of the mirror image lies at the right of the image.
    assert groups[0]["x0"] == 0 and groups[n_features]["x1"] == 1
