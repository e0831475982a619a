import numpy as np
import pytest
from sklearn.base import clone
from sklearn.preprocessing import StandardScaler

from fertools.datasets import make_faces
from fertools.features import DiscreteCosine, FeatureFusion, LocalBinaryPatterns, ZernikeMoments


@pytest.fixture(scope="module")
def images():
    return make_faces(150, random_state=0).images


@pytest.fixture
def fusion():
    return FeatureFusion(
        [
            ("lbp", LocalBinaryPatterns(radii=(1,), grid=(4, 4))),
            ("dct", DiscreteCosine(30)),
            ("zernike", ZernikeMoments(6)),
        ]
    )


def test_features_of_descriptors_are_concatenated(images, fusion):
    values = fusion.fit_transform(images)
    parts = [clone(d).fit_transform(images) for _, d in fusion.descriptors]
    np.testing.assert_array_equal(values, np.hstack(parts))
    assert values.dtype == np.float32 and values.flags.c_contiguous
    names = [n for _, d in fusion.descriptors for n in d.fit(images).get_feature_names_out()]
    assert list(fusion.get_feature_names_out()) == names
    assert set(fusion.groups_["descriptor"]) == {"lbp_r1", "dct", "zernike"}
    assert len(fusion.groups_) == values.shape[1]


def test_set_params_reaches_descriptors(images, fusion):
    fusion.set_params(lbp__grid=(2, 2), dct=DiscreteCosine(5))
    assert fusion.get_params()["lbp__grid"] == (2, 2)
    assert fusion.fit_transform(images[:3]).shape == (3, 4 * 59 + 5 + 16)
    assert not hasattr(fusion.descriptors[0][1], "image_shape_"), "fit must fit clones"


@pytest.mark.parametrize(
    ("descriptors", "error", "message"),
    [
        ([], ValueError, "descriptors must contain at least one"),
        ([("s", StandardScaler())], TypeError, "descriptors must contain image descriptors"),
        ([("a", DiscreteCosine(3)), ("a", ZernikeMoments(3))], ValueError, "not unique"),
        (
            [("a", DiscreteCosine(3)), ("b", DiscreteCosine(2))],
            ValueError,
            "dct_0_0 more than once",
        ),
    ],
)
def test_invalid_descriptors_raise(images, descriptors, error, message):
    with pytest.raises(error, match=message):
        FeatureFusion(descriptors).fit(images)
