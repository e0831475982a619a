import json

import numpy as np
import pytest
from sklearn.utils import Bunch

from fertools.datasets import make_faces
from fertools.evaluation import evaluate_published, published_split


@pytest.fixture
def fer():
    """Drawn faces in the published splits; samples 28, 30 and 40 are duplicates of Training."""
    bunch = make_faces(42, random_state=0)
    bunch.usage = np.repeat(["Training", "PublicTest", "PrivateTest"], [28, 7, 7])
    bunch.images[[28, 30, 40]] = bunch.images[[3, 3, 20]]
    # Duplicates within and between the test splits do not leak training images.
    bunch.images[41] = bunch.images[35]
    bunch.images[36] = bunch.images[34]
    return bunch


class Recalls:
    """Return the true label of known images, and count predicted images."""

    def __init__(self, bunch):
        self.known = {
            image.tobytes(): label
            for image, label in zip(bunch.images[28:], bunch.labels[28:], strict=True)
        }
        self.seen = 0

    def predict(self, images):
        self.seen += len(images)
        return np.array([self.known[image.tobytes()] for image in images])


def test_published_split_of_shuffled_samples(fer):
    order = np.random.default_rng(0).permutation(42)
    split = published_split(Bunch(usage=fer.usage[order]))
    assert list(split) == ["train", "public", "private"]
    for rows, usage in zip(split.values(), ("Training", "PublicTest", "PrivateTest"), strict=True):
        assert set(fer.usage[order][rows]) == {usage}
        assert (np.diff(rows) > 0).all()
    assert sorted(np.concatenate(list(split.values()))) == list(range(42))


def test_evaluate_published_predicts_each_image_once(fer):
    model = Recalls(fer)
    scores = evaluate_published(model, fer)
    assert model.seen == 14
    assert list(scores) == ["PublicTest", "PrivateTest"]
    assert [scores["PublicTest"][key]["n"] for key in ("published", "deduplicated")] == [7, 5]
    assert [scores["PrivateTest"][key]["n"] for key in ("published", "deduplicated")] == [7, 6]
    assert scores["PublicTest"]["published"]["labels"] == fer.target_names
    assert json.loads(json.dumps(scores)) == scores


def test_near_duplicates_have_third_score(fer):
    fer.images[29] = fer.images[5] // 2 + 50
    plain, near = (evaluate_published(Recalls(fer), fer, near=value) for value in (False, True))
    for usage, n_rows in [("PublicTest", 4), ("PrivateTest", 6)]:
        assert near[usage].pop("near_deduplicated")["n"] == n_rows
    assert near == plain


def test_memorized_images_score_zero_after_deduplication(fer):
    class Memory:
        known = {
            image.tobytes(): label
            for image, label in zip(fer.images[:28], fer.labels[:28], strict=True)
        }

        def predict(self, images):
            return np.array([self.known.get(image.tobytes(), "no idea") for image in images])

    fer.labels[28] = fer.labels[3]
    public = evaluate_published(Memory(), fer, splits=["PublicTest"])["PublicTest"]
    assert public["published"]["accuracy"] > 0
    assert public["deduplicated"]["accuracy"] == 0
    assert public["published"]["labels"] == [*fer.target_names, "no idea"]


def test_split_of_duplicates_has_no_deduplicated_score(fer):
    fer.images[28:35] = fer.images[:7]
    public = evaluate_published(Recalls(fer), fer, splits=["PublicTest"])["PublicTest"]
    assert public["deduplicated"] is None
    near = evaluate_published(Recalls(fer), fer, splits=["PublicTest"], near=True)["PublicTest"]
    assert near["near_deduplicated"] is None


@pytest.mark.parametrize("absent", ["Training", "PrivateTest"])
def test_missing_split_raises(fer, absent):
    fer.usage[fer.usage == absent] = "PublicTest"
    with pytest.raises(ValueError, match=f"got none of '{absent}'"):
        evaluate_published(Recalls(fer), fer)
