"""Tests of the scaling of images of more than 8 bits in the loaders."""

import warnings

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from fertools.cli import main
from fertools.datasets import load_frame, load_image_folder
from fertools.exceptions import ImageRescaledWarning

RAMP = np.linspace(0, 4095, 48 * 48).astype(np.uint16).reshape(48, 48)


@pytest.fixture
def folder(tmp_path):
    """Return a folder with two classes of 12-bit images in 16-bit PNG files."""
    for name in ("happy", "sad"):
        (tmp_path / name).mkdir()
        for k in range(2):
            Image.fromarray(np.roll(RAMP, k, axis=1)).save(tmp_path / name / f"{k}.png")
    return tmp_path


def test_folder_of_12_bit_images_warns_once(folder):
    with pytest.warns(ImageRescaledWarning, match=r"0\.png: .*\(4 such images\)") as caught:
        images = load_image_folder(folder).images
    assert len(caught) == 1
    np.testing.assert_allclose(images[0], RAMP / 4095 * 255, atol=1)


def test_table_of_12_bit_images_warns_once(folder):
    table = pd.DataFrame({"path": ["happy/0.png", "sad/1.png"], "label": ["happy", "sad"]})
    with pytest.warns(ImageRescaledWarning, match=r"\(2 such images\)"):
        images = load_frame(table, root=folder).images
    assert images.min() == 0 and images.max() == 255


def test_full_16_bit_range_causes_no_warning(tmp_path):
    (tmp_path / "happy").mkdir()
    Image.fromarray(RAMP * 16).save(tmp_path / "happy" / "a.png")
    with warnings.catch_warnings():
        warnings.simplefilter("error", ImageRescaledWarning)
        images = load_image_folder(tmp_path).images
    assert images.max() == 255


@pytest.mark.filterwarnings("default::UserWarning")
def test_command_prints_the_warning_unless_quiet(folder, capsys):
    for options, n_lines in (([], 1), (["--quiet"], 0)):
        with pytest.raises(SystemExit):
            main(["audit", str(folder), "--no-detect", *options])
        err = capsys.readouterr().err
        assert sum("4 such images" in line for line in err.splitlines()) == n_lines
