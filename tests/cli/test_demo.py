"""`fertools demo`."""

import cv2
import numpy as np
from skimage.data import astronaut


def test_demo(tmp_path, run):
    code, out, _ = run("demo", "--out", tmp_path / "demo", "--quiet")
    assert code == 0
    assert "happy" in out and "SVM (RBF)" in out and "fertools predict" in out
    drawn = cv2.imread(str(tmp_path / "demo" / "astronaut.png"))
    assert drawn.shape[1] > 512 and not np.array_equal(drawn[:, :512], astronaut()[:, :, ::-1])
