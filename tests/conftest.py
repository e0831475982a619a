import os

# scikit-learn's array API checks are skipped where SciPy was imported without it.
os.environ.setdefault("SCIPY_ARRAY_API", "1")

import zipfile
from io import BytesIO

import pytest
from PIL import Image

from fertools.datasets import load_fer2013, make_faces


@pytest.fixture(scope="session")
def fer2013():
    """Return the real FER-2013, or skip where FERTOOLS_DATA does not lead to it."""
    if not os.environ.get("FERTOOLS_DATA"):
        pytest.skip("FERTOOLS_DATA is not set: no real data")
    return load_fer2013()


@pytest.fixture(scope="session")
def drawn_fer2013(tmp_path_factory):
    """Return a zip in the layout of FER-2013, with drawn faces; one PrivateTest row is a copy."""
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
