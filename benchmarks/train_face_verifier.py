"""Train the face verifier that is shipped with fertools.

Writes fertools/models/face_verifier.npz and results/face_verifier.json. The boxes that two
cascades propose are the samples: in the photos of one half of wild.zip, in half of the people of
london.zip and in crops of the Training part of FER-2013, all pasted on photos without a face at
random sizes, or cut close to the face; and in scenes of make_scenes. Boxes that overlap a face by
at least 0.5 are faces; those below 0.3, and all boxes in photos without a face, are none. Images
of FER-2013 whose number is not of the Training part are never read. With --photos, the photos of a
folder are used as well.
"""

import argparse
import os
import time
from pathlib import Path

import cv2
import numpy as np
from _common import RESULTS, read_result, write_result
from _face_scenes import (
    background,
    compose,
    degrade,
    fer_faces,
    london_faces,
    photos_without_faces,
    views,
    wild_faces,
)
from scipy.special import expit
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import brier_score_loss, roc_auc_score

from fertools.datasets import make_scenes
from fertools.detection import FaceVerifier, load_face_verifier
from fertools.detection._box_features import box_views, crop_boxes, describe_crops
from fertools.detection._boxes import overlaps
from fertools.detection._face_verifier import HOPELESS
from fertools.detection._octaves import group_hits, octave_hits
from fertools.detection._shipped_verifier import MODEL, save_weights

FACE, NO_FACE = 0.5, 0.3
N_VIEWS = len(box_views(np.zeros((1, 4)))[0])
SEARCHES = (
    ("haarcascade_frontalface_alt2.xml", 22, 1.15),
    ("haarcascade_frontalface_default.xml", 26, 1.2),
)
# Sources of faces: number of passes over the faces, and options of `compose`.
PASSES = {
    "wild": (3, {"crossing": 0.15}),
    "london": (3, {"density": 0.5, "crossing": 0.15}),
    "fer2013": (1, {"density": 0.85, "crossing": 0.1}),
}
# Faces of each source of which photos that end close to the face are made.
CUT = 1500


def proposals(image, rng, single=True):
    """Return the boxes that the cascades propose: groups of hits, and some single hits."""
    hits = [
        octave_hits(cascade, image, min_size=size, scale_factor=factor)
        for cascade, size, factor in SEARCHES
    ]
    hits = np.concatenate(hits)
    boxes, _ = group_hits(hits)
    if single and len(hits):
        boxes = np.concatenate([boxes, rng.permutation(hits)[: max(10, len(hits) // 6)]])
    return boxes


def _varied(box, rng, size, shift):
    """Return a box with a size and a place drawn by the functions `size` and `shift`."""
    side = box[2] * np.exp(size())
    corner = box[:2] + box[2:] / 2 + shift() * box[2] - side / 2
    return np.array([*corner, side, side])


def samples(image, faces, rng, *, ignored=(), extra=True):
    """Return crops and labels of the boxes in a scene.

    Parameters
    ----------
    image : ndarray
        Scene.
    faces : ndarray of shape (n, 4)
        Boxes of its faces.
    rng : Generator
    ignored : sequence of boxes
        Other faces; boxes that overlap one are left out.
    extra : bool
        Whether to add single hits of the cascades and boxes at random places around the faces.
        Otherwise, the crops are all views of each box, as in the detector.
    """
    boxes = list(proposals(image, rng, extra))
    for face in faces if extra else ():
        for _ in range(2):
            boxes.append(
                _varied(face, rng, lambda: rng.normal(0, 0.09), lambda: rng.normal(0, 0.05, 2))
            )
            boxes.append(
                _varied(face, rng, lambda: rng.uniform(-1, 0.9), lambda: rng.uniform(-0.8, 0.8, 2))
            )
    shared = np.array([overlaps(box, faces).max(initial=0) for box in boxes])
    other = np.array([overlaps(box, ignored).max(initial=0) for box in boxes])
    used = ((shared >= FACE) | (shared < NO_FACE)) & (other < 0.05)
    boxes = [box for box, is_used in zip(boxes, used, strict=True) if is_used]
    if not extra:
        boxes = box_views(np.reshape(boxes, (-1, 4))).reshape(-1, 4)
    return crop_boxes(image, boxes), shared[used] >= FACE


def _joined(pairs):
    crops, labels = zip(*pairs, strict=True)
    return np.concatenate(crops), np.concatenate(labels).astype(bool)


def pasted(faces, photos, rng, passes=1, extra=True, **options):
    """Return samples of scenes with pasted faces; each face is used once a pass."""
    found = []
    for _ in range(passes):
        left = [faces[index] for index in rng.permutation(len(faces))]
        while left:
            found.append(samples(*compose(left, photos, rng, **options), rng, extra=extra))
    return _joined(found)


def cut(faces, photos, rng, extra=True):
    """Return samples of photos that end close to the face, and of small parts of other photos.

    The margin of a box is then made of repeated pixels.
    """
    found, names = [], list(photos)
    for image, (x, y, width, height) in faces:
        left, top, right, bottom = rng.uniform(-0.1, 0.35, 4)
        x0, y0 = max(0, round(x - left * width)), max(0, round(y - top * height))
        part = image[y0 : round(y + (1 + bottom) * height), x0 : round(x + (1 + right) * width)]
        box = np.array([[x - x0, y - y0, width, height]], float)
        found.append(samples(degrade(part, rng), box, rng, extra=extra))
        for _ in range(3):
            side = tuple(rng.integers(60, 150, 2).tolist())
            part = background({"": photos[names[rng.integers(len(names))]]}, rng, side)
            found.append(samples(degrade(part, rng), np.empty((0, 4)), rng, extra=extra))
    return _joined(found)


def drawn(n, seed, rng, extra=True):
    """Return samples of n scenes of make_scenes; the astronaut in them is ignored."""
    scenes = make_scenes(n, face_size=(30, 200), random_state=seed)
    found = []
    for image, boxes, kinds in zip(scenes.images, scenes.boxes, scenes.kinds, strict=True):
        is_drawn = kinds == "drawn"
        found.append(samples(image, boxes[is_drawn], rng, ignored=boxes[~is_drawn], extra=extra))
    return _joined(found)


def without_faces(photos, rng, n, extra=True):
    """Return samples of n views of each photo without a face."""
    none = np.empty((0, 4))
    return _joined(
        [
            samples(view, none, rng, extra=extra)
            for photo in photos.values()
            for view in views(photo, rng, n)
        ]
    )


def parts(faces, photos, rng, arguments, seed, scale=1.0, extra=True):
    """Return {source: samples} of all sources."""
    found = {"photos": without_faces(photos, rng, max(2, round(arguments.views * scale)), extra)}
    for name, (passes, options) in PASSES.items():
        if faces.get(name):
            passes = max(1, round(passes * scale))
            found[name] = pasted(faces[name], photos, rng, passes, extra, **options)
            found[f"{name}, cut"] = cut(faces[name][:CUT], photos, rng, extra)
    found["drawn"] = drawn(max(2, round(arguments.drawn * scale)), seed, rng, extra)
    return found


def mined(verifier, photos, rng, n):
    """Return the boxes in n views of each photo that a verifier takes for a face, or nearly."""
    crops, labels = without_faces(photos, rng, n)
    hard = verifier.decision_function(crops) > -3
    return crops[hard], labels[hard]


def with_mirror(crops, labels):
    return np.concatenate([crops, crops[:, :, ::-1]]), np.tile(labels, 2)


def mean_log_odds(verifier, crops):
    """Return the log odds of boxes from the crops of all their views, as in the detector."""
    raw = verifier._log_odds(describe_crops(crops)).reshape(-1, N_VIEWS)
    return np.where(raw[:, 0] > HOPELESS, raw.mean(axis=1), raw[:, 0])


def figures(verifier, test):
    """Return the figures of a verifier on each source, and over all."""
    rows, scores = {}, {}
    for name, (crops, labels) in test.items():
        slope, offset = verifier.weights_["calibration"].astype(float)
        probabilities = expit(slope * mean_log_odds(verifier, crops) + offset)
        scores[name] = probabilities
        rows[name] = {"faces": int(labels.sum()), "others": int((~labels).sum())}
        if labels.any():
            rows[name]["faces_kept"] = float((probabilities[labels] >= 0.5).mean())
        rows[name]["others_rejected"] = float((probabilities[~labels] < 0.5).mean())
    labels = np.concatenate([labels for _, labels in test.values()])
    probabilities = np.concatenate(list(scores.values()))
    edges = np.digitize(probabilities, np.linspace(0.1, 0.9, 9))
    return {
        "sources": rows,
        "auc": float(roc_auc_score(labels, probabilities)),
        "brier": float(brier_score_loss(labels, probabilities)),
        "reliability": [
            [int(mask.sum()), float(probabilities[mask].mean()), float(labels[mask].mean())]
            for mask in (edges == k for k in range(10))
            if mask.any()
        ],
    }


def linear_auc(train, test):
    """Return the AUC of logistic regression on the same descriptors, for comparison."""
    (crops, labels), (judged, truth) = train, test
    model = LogisticRegression(C=0.03, max_iter=200).fit(describe_crops(crops), labels)
    scores = model.decision_function(describe_crops(judged)).reshape(-1, N_VIEWS).mean(axis=1)
    return float(roc_auc_score(truth, scores))


def split(faces, k=8):
    """Split faces in those that train and those that calibrate, every k-th."""
    return [face for i, face in enumerate(faces) if i % k], faces[::k]


def trained_verifier(halves, photos, rng, arguments, start):
    """Return a verifier trained with hard negatives, its samples, and their numbers."""
    used = {name: training for name, (training, _) in halves.items()}
    train = parts(used, photos, rng, arguments, seed=1000)
    samples_of = {name: [int(y.sum()), int((~y).sum())] for name, (_, y) in train.items()}
    # Few drawn faces are proposed by the cascades; they count four times.
    repeated = [train["drawn"]] * 3
    total = with_mirror(*_joined([*train.values(), *repeated]))
    print(samples_of, round(time.perf_counter() - start), "s", flush=True)
    verifier = FaceVerifier(random_state=0).fit(*total)
    for number in range(arguments.rounds):
        hard = mined(verifier, photos, rng, max(2, arguments.views // 3))
        print("round", number + 1, len(hard[1]), flush=True)
        samples_of[f"mined {number + 1}"] = [0, len(hard[1])]
        total = _joined([total, with_mirror(*hard)])
        verifier = FaceVerifier(random_state=0).fit(*total)
    return verifier, total, {"samples": samples_of}


def main(argv=None):
    """Train, calibrate and judge the verifier."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=os.environ.get("FERTOOLS_DATA", "data"))
    parser.add_argument("--photos", type=Path, help="folder with more photos without a face")
    parser.add_argument("--fer", type=int, default=6000, help="number of crops of FER-2013")
    parser.add_argument("--views", type=int, default=12, help="views of each photo without a face")
    parser.add_argument("--drawn", type=int, default=1000, help="number of drawn scenes")
    parser.add_argument("--rounds", type=int, default=1, help="rounds of hard-negative mining")
    parser.add_argument("--model", type=Path, default=MODEL)
    parser.add_argument("--out", default=RESULTS)
    parser.add_argument(
        "--calibrate",
        action="store_true",
        help="only calibrate the existing model, on faces of wild.zip and london.zip, drawn faces "
        "and photos",
    )
    arguments = parser.parse_args(argv)
    cv2.setNumThreads(1)
    rng = np.random.default_rng(0)
    photos = photos_without_faces(False, arguments.photos)
    names = list(photos)
    reserved = {name: photos[name] for name in names[::8]}
    trained = {name: photo for name, photo in photos.items() if name not in reserved}
    faces = {
        "wild": wild_faces(arguments.data, 0),
        "london": london_faces(arguments.data, 0),
    }
    if not arguments.calibrate:
        faces["fer2013"] = fer_faces(arguments.data, arguments.fer, rng)
    halves = {name: split(found) for name, found in faces.items()}
    start = time.perf_counter()
    if arguments.calibrate:
        verifier, total = load_face_verifier(), None
        previous = read_result("face_verifier", arguments.out)
        about = {key: previous[key] for key in ("samples", "linear_auc", "seconds")}
    else:
        verifier, total, about = trained_verifier(halves, trained, rng, arguments, start)
    held = {name: calibrating for name, (_, calibrating) in halves.items()}
    calibration = parts(held, reserved, rng, arguments, seed=3000, scale=0.25, extra=False)
    # In most photos, the cascades propose more other boxes than in those that are cut close.
    usual = {name: found for name, found in calibration.items() if not name.endswith(", cut")}
    crops, labels = _joined(usual.values())
    verifier._calibrate(mean_log_odds(verifier, crops), labels)
    save_weights(verifier, arguments.model)
    judged = photos_without_faces(True, arguments.photos)
    others = {"wild": wild_faces(arguments.data, 1), "london": london_faces(arguments.data, 1)}
    test = parts(others, judged, rng, arguments, seed=2000, scale=0.25, extra=False)
    if total is not None:
        every = rng.permutation(len(total[1]))[:10000]
        train = total[0][every], total[1][every]
        about["linear_auc"] = linear_auc(train, _joined(test.values()))
    result = {
        "what": "face verifier: boxes that cascades propose, face or not",
        "rule": f"face: intersection over union at least {FACE}; none: below {NO_FACE}",
        "bytes": arguments.model.stat().st_size,
        "photos_training": names,
        "photos_judged": list(judged),
        "calibration": verifier.weights_["calibration"].tolist(),
        "calibration_set": figures(verifier, calibration),
        "judged": figures(verifier, test),
        "calibrated_on": list(usual),
        "seconds": round(time.perf_counter() - start),
    } | about
    print(write_result("face_verifier", result, arguments.out))


if __name__ == "__main__":
    main()
