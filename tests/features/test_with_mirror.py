import numpy as np
import pytest
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from fertools.datasets import make_faces
from fertools.features import (
    DiscreteCosine,
    FeatureFusion,
    OrientedGradients,
    PrincipalFeatures,
    WithMirror,
)


@pytest.fixture(scope="module")
def images():
    return make_faces(80, random_state=0).images


def test_features_of_image_and_mirror_image_are_concatenated(images):
    rows = WithMirror(OrientedGradients()).fit_transform(images)
    left, right = np.hsplit(rows, 2)
    hog = OrientedGradients().fit(images)
    np.testing.assert_array_equal(left, hog.transform(images))
    np.testing.assert_array_equal(right, hog.transform(images[:, :, ::-1]))


def test_mirroring_swaps_the_halves(images):
    pair = WithMirror(make_pipeline(OrientedGradients(), StandardScaler())).fit(images)
    left, right = np.hsplit(pair.transform(images), 2)
    swapped = np.hstack([right, left])
    np.testing.assert_allclose(pair.transform(images[:, :, ::-1]), swapped, atol=1e-5)


def test_scale_is_learned_from_both_sides(images):
    shaded = images.astype(np.float32) / 255
    shaded[:, :, :24] /= 2
    pair = WithMirror(make_pipeline(OrientedGradients(), StandardScaler()))
    both = np.vstack(np.hsplit(pair.fit_transform(shaded), 2))
    np.testing.assert_allclose(both.mean(axis=0), 0, atol=1e-5)
    np.testing.assert_allclose(pair.transform(shaded[:1]), pair.transform(shaded)[:1], atol=1e-5)


def test_labels_are_passed_for_both_sides(images):
    class Labeled(DiscreteCosine):
        def fit(self, X, y=None):
            self.y_ = y
            return super().fit(X)

    pair = WithMirror(Labeled(4)).fit(images[:2], ["sad", "happy"])
    assert pair.transformer_.y_.tolist() == ["sad", "happy", "sad", "happy"]


def test_feature_names_and_boxes(images):
    hog = OrientedGradients(grids=((4, 4),)).fit(images)
    pair = WithMirror(hog).fit(images)
    names, groups = pair.get_feature_names_out(), pair.groups_
    n_features = len(hog.groups_)
    assert names[n_features:].tolist() == [f"mirror_{name}" for name in names[:n_features]]
    np.testing.assert_array_equal(groups[:n_features], hog.groups_)
    # The first block of the mirror image is at the right of the original image.
    assert groups[0]["x0"] == 0 and groups[n_features]["x1"] == 1


@pytest.mark.parametrize(
    "transformer", [OrientedGradients(), make_pipeline(OrientedGradients(), StandardScaler())]
)
def test_features_are_fused_with_those_of_other_descriptors(images, transformer):
    fusion = FeatureFusion([("pair", WithMirror(transformer)), ("dct", DiscreteCosine(5))])
    rows = fusion.fit_transform(images)
    pair = WithMirror(transformer).fit(images)
    np.testing.assert_array_equal(rows[:, :-5], pair.transform(images))
    assert fusion.get_feature_names_out()[:-5].tolist() == pair.get_feature_names_out().tolist()
    np.testing.assert_array_equal(fusion.groups_[:-5], pair.groups_)


def test_group_of_a_pipeline_is_the_whole_image(images):
    pair = WithMirror(make_pipeline(OrientedGradients(), StandardScaler())).fit(images)
    assert set(pair.groups_.tolist()) == {("pipeline", 0, 0, 1, 1)}
    principal = PrincipalFeatures(pair, 3, random_state=0).fit(images)
    assert set(principal.groups_["descriptor"]) == {"pipeline"}
