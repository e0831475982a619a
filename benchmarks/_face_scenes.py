"""Faces at known places in scenes, for the training of the face verifier and its benchmark.

Faces are split by person or photo, and photos without a face by name: what trains the verifier
never judges it.
"""

import io
import re
import zipfile
import zlib
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from fertools._utils.images import resize, to_gray
from fertools.detection._boxes import overlaps
from fertools.detection._cascades import load_cascade

CASCADES = ("haarcascade_frontalface_alt2.xml", "haarcascade_frontalface_default.xml")
# Photos of scikit-image and scikit-learn without a human face. The first are the backgrounds of
# make_scenes; the second judge.
TRAINING = ("brick", "chelsea", "coffee", "grass", "gravel", "moon", "page", "rocket", "text")
# Photos of a person, and the first row below the face: clothes look like faces at times.
BELOW = (("astronaut", 190), ("camera", 205))
JUDGED = (
    "cell.png", "clock_motion.png", "coins.png", "color.png", "horse.png", "hubble_deep_field.jpg",
    "ihc.png", "logo.png", "microaneurysms.png", "motorcycle_left.png", "motorcycle_right.png",
    "phantom.png", "retina.jpg",
)  # fmt: skip
SAMPLES = ("china.jpg", "flower.jpg")
SCENE = (480, 640)
_LONGEST = 1024


def photos_without_faces(judged, folder=None):
    """Return {name: gray photo}, of the training or of the judged part.

    Parameters
    ----------
    judged : bool
    folder : path or None
        Folder with more photos; the checksum of the letters that begin the name puts one of four
        in the judged part, so that variants of a photo are on the same side.
    """
    from skimage import data
    from sklearn.datasets import load_sample_image

    if judged:
        root = Path(data.__file__).parent
        photos = {name: _read(root / name) for name in JUDGED}
        photos |= {name: to_gray(load_sample_image(name)) for name in SAMPLES}
        photos |= _raccoon()
    else:
        photos = {name: getattr(data, name)() for name in TRAINING}
        photos |= {f"{name} from row {row}": getattr(data, name)()[row:] for name, row in BELOW}
        photos = {name: to_gray(photo) for name, photo in photos.items()}
    for path in sorted(Path(folder).iterdir()) if folder else ():
        group = re.match("[A-Za-z]*", path.name)[0]
        if (zlib.crc32(group.encode()) % 4 == 0) == judged:
            photos[path.name] = _read(path)
    return photos


def _raccoon():
    """Return the photo of SciPy if it can be read; it is downloaded by pooch."""
    try:
        from scipy.datasets import face

        return {"scipy face": to_gray(face())}
    except Exception:
        return {}


def _read(path):
    with Image.open(path) as image:
        gray = np.array(image.convert("RGB").convert("L"))
    return _limited(gray, _LONGEST)


def _limited(gray, longest):
    scale = min(1, longest / max(gray.shape))
    return resize(gray, tuple(max(1, round(side * scale)) for side in gray.shape))


def _archived(path, keep):
    """Yield (name, gray image) of the images of an archive whose name is kept, sorted."""
    with zipfile.ZipFile(path) as archive:
        for name in sorted(archive.namelist()):
            if name.endswith(".jpg") and keep(name):
                yield name, np.array(Image.open(io.BytesIO(archive.read(name))).convert("L"))


def face_box(image, scale=1):
    """Return the box of the one face in the middle of an image, or None.

    A fine search with two cascades; the box with the most hits is taken.
    """
    border = 40
    large = resize(image, tuple(side * scale for side in image.shape))
    large = cv2.copyMakeBorder(large, *(border,) * 4, cv2.BORDER_REPLICATE)
    for cascade in CASCADES:
        boxes, hits = load_cascade(cascade).detectMultiScale2(large, 1.06, 3)
        for index in np.argsort(-np.ravel(hits), kind="stable"):
            box = (np.array(boxes[index], float) - [border, border, 0, 0]) / scale
            middle = (box[:2] + box[2:] / 2) / image.shape[::-1]
            if np.abs(middle - [0.5, 0.53]).max() < 0.22:
                return box
    return None


def wild_faces(data, half):
    """Return [(photo, box)] of one half of wild.zip: 0 trains, 1 judges."""
    with zipfile.ZipFile(Path(data) / "wild.zip") as archive:
        names = sorted(name for name in archive.namelist() if name.endswith(".jpg"))[half::2]
    kept = set(names)
    images = _archived(Path(data) / "wild.zip", kept.__contains__)
    found = [(image, face_box(image, 2)) for _, image in images]
    return [pair for pair in found if pair[1] is not None and pair[1][2] > 40]


def london_faces(data, half):
    """Return [(photo, box)] of the people of london.zip with even (0, training) or odd numbers."""
    found = [
        (image, face_box(image))
        for name, image in _archived(Path(data) / "london.zip", lambda name: True)
        if int(Path(name).stem) % 2 == half
    ]
    return [pair for pair in found if pair[1] is not None and 70 < pair[1][2] < 140]


def fer_faces(data, n, rng):
    """Return [(crop, box)] of n images of the Training part of FER-2013.

    The crops are boxes of a cascade: the median of the boxes that are found in them is the crop
    itself, and it is the box of those in which none is found.
    """
    images = list(_archived(Path(data) / "fer2013.zip", lambda name: "/Training_" in name))
    whole, faces = np.array([0.5, 0.5, 47, 47]), []
    for index in rng.permutation(len(images))[:n]:
        image = images[index][1]
        box = face_box(image, 2)
        faces.append((image, box if box is not None and 26 < box[2] < 58 else whole))
    return faces


def background(photos, rng, shape=SCENE):
    """Return a part of a random photo, mirrored or turned at times."""
    image = photos[list(photos)[rng.integers(len(photos))]]
    if rng.random() < 0.5:
        image = image[:, ::-1]
    if rng.random() < 0.3:
        image = np.rot90(image, rng.integers(4))
    scale = np.max(np.divide(shape, image.shape)) * np.exp(rng.uniform(0, 0.8))
    size = np.maximum(np.ceil(np.multiply(image.shape, scale)).astype(int), shape)
    image = resize(np.ascontiguousarray(image), tuple(size.tolist()))
    top, left = (rng.integers(n - m + 1) for n, m in zip(image.shape, shape, strict=True))
    return image[top : top + shape[0], left : left + shape[1]].copy()


def degrade(image, rng):
    """Change gamma, illumination, contrast, sharpness, noise and compression at random."""
    levels = image.astype(np.float32) / 255
    if rng.random() < 0.5:
        levels **= np.exp(rng.normal(0, 0.4))
    if rng.random() < 0.3:
        levels *= rng.uniform(0.3, 1)
    if rng.random() < 0.3:
        levels = 0.5 + (levels - 0.5) * rng.uniform(0.4, 1)
    if rng.random() < 0.3:
        levels = cv2.GaussianBlur(levels, (0, 0), rng.uniform(0.4, 1.3))
    levels = levels + rng.normal(0, rng.choice([0, 0.005, 0.015, 0.03]), levels.shape)
    image = np.rint(levels * 255).clip(0, 255).astype(np.uint8)
    if rng.random() < 0.3:
        quality = [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(30, 90))]
        image = cv2.imdecode(cv2.imencode(".jpg", image, quality)[1], cv2.IMREAD_GRAYSCALE)
    return image


def _cut_out(image, box, side, turn, rng):
    """Return a face at the given size, its opacity and its box; mirrored and turned at random."""
    scale = min(side / box[2], (SCENE[0] - 10) / image.shape[0])
    shape = tuple(max(1, round(n * scale)) for n in image.shape)
    image, box = resize(image, shape), box * scale
    if rng.random() < 0.5:
        image, box = image[:, ::-1], np.array([shape[1] - box[0] - box[2], *box[1:]])
    opacity = np.ones(shape, np.float32)
    if rng.random() < 0.5:
        opacity[:] = 0
        middle = (int(box[0] + box[2] / 2), int(box[1] + box[3] * 0.52))
        axes = int(box[2] * rng.uniform(0.52, 0.75)), int(box[3] * rng.uniform(0.65, 0.85))
        cv2.ellipse(opacity, middle, axes, 0, 0, 360, 1, cv2.FILLED)
        opacity = cv2.GaussianBlur(opacity, (0, 0), max(0.6, 0.04 * box[2]))
    if rng.random() < 0.4:
        middle = tuple((box[:2] + box[2:] / 2).tolist())
        matrix = cv2.getRotationMatrix2D(middle, rng.uniform(-turn, turn), 1)
        image = np.ascontiguousarray(image)
        image = cv2.warpAffine(image, matrix, shape[::-1], borderMode=cv2.BORDER_REPLICATE)
        opacity = cv2.warpAffine(opacity, matrix, shape[::-1])
    return image, opacity, box


def _beyond(box, shape, rng):
    """Return a function that moves a place so that the face crosses a random edge."""
    edge, outside = rng.integers(4), rng.uniform(0.05, 0.3) * box[2]
    start = np.rint(-box[:2] - outside).astype(int)
    end = np.rint(SCENE[::-1] - box[:2] - box[2:] + outside).astype(int)
    return {
        0: lambda x, y: (start[0], y),
        1: lambda x, y: (x, start[1]),
        2: lambda x, y: (end[0], y),
        3: lambda x, y: (x, end[1]),
    }[edge]


def compose(faces, photos, rng, *, sizes=(24, 130), density=0.7, turn=22, most=10, crossing=0.0):
    """Paste faces on a photo, and degrade it; the pasted faces are popped from the list.

    Parameters
    ----------
    faces : list of (image, box)
    photos : dict of str to ndarray
        Backgrounds.
    rng : Generator
    sizes : tuple of two int
        Smallest and largest side of the box of a face; the logarithm is uniform.
    density : float
        Probability of one more face.
    turn : float
        Largest rotation in degrees.
    most : int
        Largest number of faces.
    crossing : float
        Share of the faces of which up to 0.3 are outside the scene.

    Returns
    -------
    scene : ndarray of shape (480, 640), uint8
    boxes : ndarray of shape (n, 4), float64
    """
    scene, boxes, used = background(photos, rng), [], []
    while faces and len(boxes) < most and (not boxes or rng.random() < density):
        side = np.exp(rng.uniform(*np.log(sizes)))
        image, opacity, box = _cut_out(*faces.pop(), side, turn, rng)
        h, w = image.shape
        beyond = _beyond(box, shape=(h, w), rng=rng) if rng.random() < crossing else None
        for _ in range(15):
            x, y = rng.integers(SCENE[1] - w + 1), rng.integers(SCENE[0] - h + 1)
            x, y = (x, y) if beyond is None else beyond(x, y)
            if not overlaps((x, y, w, h), used).any():
                break
        else:
            continue
        light = image * (rng.uniform(0.6, 1.1) if rng.random() < 0.5 else 1)
        y0, x0 = max(y, 0), max(x, 0)
        part = scene[y0 : y + h, x0 : x + w]
        inside = slice(y0 - y, y0 - y + part.shape[0]), slice(x0 - x, x0 - x + part.shape[1])
        mixed = opacity[inside] * light[inside] + (1 - opacity[inside]) * part
        part[:] = mixed.clip(0, 255)
        boxes.append(box + [x, y, 0, 0])
        used.append((x, y, w, h))
    return degrade(scene, rng), np.reshape(boxes, (-1, 4))


def views(photo, rng, n):
    """Return a photo and n - 1 random views of it: other sizes, mirrored, turned, inverted."""
    found = [photo]
    for _ in range(n - 1):
        view = photo[:, ::-1] if rng.random() < 0.5 else photo
        view = np.rot90(view, rng.choice([0, 0, 1, 2, 3]))
        scale = np.exp(rng.uniform(np.log(0.3), np.log(1.3))) * 700 / max(view.shape)
        shape = tuple(max(1, round(side * scale)) for side in view.shape)
        view = resize(np.ascontiguousarray(view), shape)
        found.append(degrade(255 - view if rng.random() < 0.15 else view, rng))
    return found
