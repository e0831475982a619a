"""Generated test videos: photographed faces that enter, cross, hide and leave."""

import io
import zipfile
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

SIZE = 480, 640  # height and width
FPS = 25
# Frames of one scene: a second person enters, the two cross, both leave, and nobody is there.
LENGTH = 300
# Side of a face photo in the frame, and the frames in which the first person is hidden.
SIDE, HIDDEN = 190, (80, 90)


def load_people(path, n_people):
    """Return photos of neutral and of smiling people from london.zip, uint8 RGB.

    Face Research Lab London Set, L. DeBruine and B. Jones (2017),
    doi:10.6084/m9.figshare.5047666, CC BY 4.0.
    """
    photos = []
    with zipfile.ZipFile(Path(path)) as archive:
        names = sorted(name for name in archive.namelist() if name.startswith("neutral/"))
        names = [name for name in names if name.endswith(".jpg")][:n_people]
        for name in names:
            pair = []
            for kind in ("neutral", "happy"):
                content = archive.read(name.replace("neutral", kind))
                picture = Image.open(io.BytesIO(content)).convert("RGB").resize((SIDE, SIDE))
                pair.append(np.asarray(picture))
            photos.append(pair)
    return photos


def background(rng):
    """Return a smooth random background."""
    gray = rng.uniform(100, 170, (6, 8, 1)) + rng.uniform(-15, 15, 3)
    return cv2.resize(gray.astype(np.float32), SIZE[::-1], interpolation=cv2.INTER_CUBIC)


def _mask():
    mask = np.zeros((SIDE, SIDE), np.float32)
    center, axes = (SIDE // 2, SIDE // 2), (round(SIDE * 0.4), round(SIDE * 0.49))
    cv2.ellipse(mask, center, axes, 0, 0, 360, 1, -1)
    return cv2.GaussianBlur(mask, (0, 0), 3)[..., None]


def paste(frame, photo, x, y, mask):
    """Draw a photo with its middle at a position with subpixel accuracy; it may leave the frame."""
    shift = np.float32([[1, 0, x - SIDE / 2], [0, 1, y - SIDE / 2]])
    size = SIZE[::-1]
    moved = cv2.warpAffine(photo.astype(np.float32), shift, size)
    alpha = cv2.warpAffine(mask, shift, size)[..., None]
    frame += alpha * (moved - frame)


def positions(step):
    """Return the middle of the first and the second person in a scene, or None if absent."""
    left, right, out = 170.0, 470.0, SIDE
    first = np.interp(
        step, [0, 50, 150, 210, 215, 255], [-out, left, left, right, right, 640 + out]
    )
    second = np.interp(
        step, [100, 145, 150, 210, 215, 255], [640 + out, right, right, left, left, -out]
    )
    is_first = step < 255 and not HIDDEN[0] <= step < HIDDEN[1]
    is_second = 100 <= step < 255
    return (
        (first, 225.0) if is_first else None,
        (second, 255.0) if is_second else None,
    )


def scene_frames(people, n_frames, seed=0):
    """Yield frames and their faces.

    Parameters
    ----------
    people : list of pairs of photos
        Neutral and smiling photo of each person.
    n_frames : int
        Number of frames; scenes of LENGTH frames follow each other, with new people in each.
    seed : int
        Random seed.

    Yields
    ------
    frame : ndarray of shape (480, 640, 3), uint8
    faces : list of (person, x, y)
        Number of each visible person, and the middle of the photo.
    """
    rng, mask = np.random.default_rng(seed), _mask()
    wall = background(rng)
    for number in range(n_frames):
        scene, step = divmod(number, LENGTH)
        if step == 0:
            wall = background(rng)
        frame, faces = wall.copy(), []
        for which, place in enumerate(positions(step)):
            if place is None:
                continue
            person = (2 * scene + which) % len(people)
            x, y = place + rng.normal(0, 0.5, 2)
            smiles = (step // 60 + which) % 2
            paste(frame, people[person][smiles], x, y, mask)
            faces.append((2 * scene + which, x, y))
        noisy = frame + rng.normal(0, 3, (*SIZE, 1)).astype(np.float32)
        yield noisy.clip(0, 255).astype(np.uint8), faces


def jittered_face(photo, n_frames, seed=0):
    """Yield frames of one still face with jitter in position, scale, brightness and noise."""
    rng, mask = np.random.default_rng(seed), _mask()
    wall = background(rng)
    for _ in range(n_frames):
        frame = wall.copy()
        scale = rng.normal(1, 0.02)
        middle = SIDE / 2
        zoom = np.float32([[scale, 0, middle * (1 - scale)], [0, scale, middle * (1 - scale)]])
        zoomed = cv2.warpAffine(photo, zoom, (SIDE, SIDE), borderMode=cv2.BORDER_REPLICATE)
        paste(frame, zoomed, *(np.array([320, 240]) + rng.normal(0, 2, 2)), mask)
        noisy = frame * rng.normal(1, 0.05) + rng.normal(0, 8, (*SIZE, 1))
        yield noisy.clip(0, 255).astype(np.uint8)
