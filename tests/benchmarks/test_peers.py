"""Test of the benchmark against the package fer, with a replacement for the package."""

import json
import sys

import pytest

# Replacement of fer that detects one happy face in each photo.
REPLACEMENT = """
import numpy as np

NAMES = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")


class FER:
    def __init__(self, offsets=(10, 10)):
        pass

    @staticmethod
    def _get_labels():
        return dict(enumerate(NAMES))

    def _classify_emotions(self, inputs):
        assert inputs.shape[1:] == (64, 64) and abs(inputs).max() <= 1
        return np.eye(7)[np.full(len(inputs), 3)]

    def detect_emotions(self, img, face_rectangles=((0, 0, 48, 48),)):
        assert img.dtype == np.uint8 and img.shape[2] == 3
        for x, y, w, h in face_rectangles:
            assert img[y : y + h, x : x + w].shape == (48, 48, 3)
        return [
            {"box": box, "emotions": {name: float(name == "happy") for name in NAMES}}
            for box in face_rectangles
        ]
"""


@pytest.fixture
def with_replacement(tmp_path, monkeypatch):
    """Let new processes of Python import the replacement."""
    folder = tmp_path / "site"
    (folder / "fer").mkdir(parents=True)
    (folder / "fer" / "fer.py").write_text(REPLACEMENT)
    for name in ("fer", "tensorflow", "opencv-contrib-python"):
        about = folder / f"{name.replace('-', '_')}-9.9.dist-info"
        about.mkdir()
        (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 9.9\n")
    monkeypatch.setenv("PYTHONPATH", str(folder))


@pytest.fixture
def run(drawn_fer2013, with_replacement, run_script, tmp_path):
    options = [drawn_fer2013, "--peer", sys.executable, "--scenes", 1, "--out", tmp_path]

    def run(threads, rounds):
        run_script("peers", *options, "--threads", threads, "--rounds", rounds)
        return json.loads((tmp_path / "peers.json").read_text())

    return run


def test_peers(run, tables, tmp_path):
    first = run("1", "2")
    peer, ours = (first["accuracy"][name] for name in ("fer", "fast"))
    assert peer["made_by"]["versions"]["fer"] == "9.9"
    assert set(peer["scores"]) == {"network", "crops", "crops_with_border"}
    for scores in (*peer["scores"].values(), *ours["scores"].values()):
        assert scores["PrivateTest"]["published"]["n"] == 35
        assert scores["PrivateTest"]["deduplicated"]["n"] == 34
    # Each class has 5 drawn faces in each split.
    for scores in peer["scores"].values():
        assert scores["PublicTest"]["published"]["accuracy"] == pytest.approx(1 / 7)
        assert scores["PublicTest"]["published"]["per_class"]["happy"]["recall"] == 1
    [works] = first["times"].values()
    faces = {work: (sides["fer"]["faces"], sides["fast"]["faces"]) for work, sides in works.items()}
    assert faces["photo"] == faces["photo, same detector settings"] == (1, 1)
    assert faces["single crop"] == (1, 1) and faces["crop in a batch"] == (35, 35)
    for sides in works.values():
        assert sides["fer"]["ratio"] == {"lower": 1, "median": 1, "upper": 1}
        # The replacement does nothing, so it is faster.
        assert 0 < sides["fast"]["ratio"]["lower"] <= sides["fast"]["ratio"]["upper"] < 1
        assert sides["fer"]["ms"]["upper"] < sides["fast"]["ms"]["lower"]

    # Known scores are reused if versions and model have not changed.
    happy = peer["scores"]["network"]["PublicTest"]["published"]
    happy["accuracy"], ours["made_by"]["model_sha256"] = 2, "of another model"
    ours["scores"] = None
    (tmp_path / "peers.json").write_text(json.dumps(first))
    again = run("2", "1")["accuracy"]
    assert again["fer"] == peer and again["fast"]["scores"]["crops"]["PrivateTest"]

    table = tables.peers(tmp_path)
    assert "| `fer` 9.9 | 200.00 |" in table and "| `fast` |" in table
    assert "| ms per image, threads | `fer` 9.9 | `accurate` | `fast` |" in table
