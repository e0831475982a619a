"""Fixtures that several test modules share."""

import os
import zipfile
from html.parser import HTMLParser
from io import BytesIO

import pytest
from PIL import Image

from fertools.datasets import load_fer2013, make_faces
from fertools.neural._training import compile_network


class Page(HTMLParser):
    """Parser that collects tags, attributes and text, and fails if tags do not match."""

    VOID = ("meta", "img", "br", "wbr")

    def __init__(self, text):
        super().__init__()
        self.tags, self.attributes, self.text, self.open = [], [], "", []
        self.feed(text)
        assert not self.open

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data

    def values(self, attribute):
        return [value for name, value in self.attributes if name == attribute]


@pytest.fixture(scope="session")
def parse_page():
    """Return the class that parses the text of a page."""
    return Page


@pytest.fixture(scope="session")
def fer2013():
    """Return the real FER-2013, or skip the test if FERTOOLS_DATA is not set."""
    if not os.environ.get("FERTOOLS_DATA"):
        pytest.skip("FERTOOLS_DATA is not set")
    return load_fer2013()


@pytest.fixture(scope="session")
def drawn_fer2013(tmp_path_factory):
    """Return a zip in the layout of FER-2013 with drawn faces and one duplicate in PrivateTest."""
    path = tmp_path_factory.mktemp("data") / "fer2013.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for usage, folder, n, seed in [
            ("Training", "train", 105, 0),
            ("PublicTest", "test", 35, 1),
            ("PrivateTest", "test", 35, 2),
        ]:
            faces = make_faces(n, random_state=seed)
            if usage == "PrivateTest":
                faces.images[0] = make_faces(1, random_state=0).images[0]
            for number, (image, label) in enumerate(zip(faces.images, faces.labels, strict=True)):
                buffer = BytesIO()
                Image.fromarray(image).save(buffer, "PNG")
                archive.writestr(f"{folder}/{label}/{usage}_{number}.png", buffer.getvalue())
    return path


@pytest.fixture
def eager_training(monkeypatch):
    """Train networks without compilation, which takes most of the time of a short training."""
    pytest.importorskip("keras")

    def compile_eagerly(model, *arguments):
        compile_network(model, *arguments)
        model.run_eagerly, model.jit_compile = True, False

    monkeypatch.setattr("fertools.neural._keras_classifier.compile_network", compile_eagerly)
