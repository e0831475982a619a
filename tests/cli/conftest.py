import os

import pytest
from PIL import Image

from fertools.cli import main
from fertools.datasets import make_faces


@pytest.fixture
def run(capsys):
    """Return a function that runs the command.

    It returns the exit code, standard output and standard error.
    """

    def call(*args):
        with pytest.raises(SystemExit) as exit_:
            main([os.fspath(arg) if isinstance(arg, os.PathLike) else str(arg) for arg in args])
        return exit_.value.code or 0, *capsys.readouterr()

    return call


@pytest.fixture(scope="session")
def write_folder():
    """Return a function that writes 42 drawn faces in one folder per class.

    Sizes and splits take turns.
    """

    def write(folder, sizes, splits=("",)):
        faces = make_faces(42, random_state=7)
        for row, (image, label) in enumerate(zip(faces.images, faces.labels, strict=True)):
            path = folder / splits[row % len(splits)] / label / f"{row}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            size = sizes[row % len(sizes)]
            Image.fromarray(image).resize(size).save(path)
        return folder

    return write


@pytest.fixture(scope="session")
def model(drawn_fer2013, tmp_path_factory):
    """Return the file of a nearest-neighbor model."""
    path = tmp_path_factory.mktemp("model") / "knn.fer"
    options = ["--classifier", "knn", "--features", "dct", "--n-features", "100", "--quiet"]
    with pytest.raises(SystemExit) as exit_:
        main(["train", str(drawn_fer2013), "--out", str(path), *options])
    assert not exit_.value.code
    return path


@pytest.fixture(scope="session")
def network(drawn_fer2013, tmp_path_factory):
    """Return the file of a network trained for one epoch, beside the folder of its checkpoint."""
    pytest.importorskip("keras")
    folder = tmp_path_factory.mktemp("network")
    options = "--network ckplus_cnn --epochs 1 --batch-size 35 --optimizer momentum --seed 5 "
    options += "--learning-rate 0.005 --class-weight balanced --augment --patience 3 "
    options += "--monitor accuracy --quiet"
    places = ["--out", str(folder / "net.fer"), "--checkpoint", str(folder / "state")]
    with pytest.raises(SystemExit) as exit_:
        main(["train", str(drawn_fer2013), *places, *options.split()])
    assert not exit_.value.code
    return folder / "net.fer"


@pytest.fixture(scope="session")
def faces(tmp_path_factory):
    """Return a folder of 70 drawn faces, with one folder per class."""
    folder, drawn = tmp_path_factory.mktemp("data") / "faces", make_faces(70, random_state=4)
    for row, (image, label) in enumerate(zip(drawn.images, drawn.labels, strict=True)):
        (folder / label).mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).save(folder / label / f"{row}.png")
    return folder
