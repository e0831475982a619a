"""Compare the shipped models with the package fer: accuracy on FER-2013 and time.

`make peers` installs fer in a separate environment and runs this script. Each model runs in a
process of its own; the processes take turns and time their own calls. Writes results/peers.json.
The accuracy is reused if versions, model and data have not changed; times are always measured
again.

    python benchmarks/peers.py [DATA] [--threads N ...] [--rounds N] [--out FOLDER]
"""

import argparse
import hashlib
import json
import os
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

import cv2
import numpy as np
from _common import RESULTS, read_result, write_result
from fer2013_handcrafted import SEED, TESTS, limited
from skimage.data import astronaut

from fertools.datasets import load_fer2013, make_scenes
from fertools.evaluation import score_published
from fertools.persistence._model_file import pretrained_path

FOLDER = Path(__file__).parent
PEER = "fer"
# OpenCV and joblib have no variables; the processes pass them the value of the first.
THREAD_VARIABLES = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "TF_NUM_INTRAOP_THREADS",
    "TF_NUM_INTEROP_THREADS",
)
# Timed work: the call, its array, and the repetitions per turn, so that turns are not too short.
WORK = {
    "photo": ("photos", "photo", 1),
    "photo, same detector settings": ("photos_same_detector", "photo", 1),
    "scene": ("photos", "scenes", 1),
    "scene, same detector settings": ("photos_same_detector", "scenes", 1),
    "single crop": ("crops", "crop", 20),
    "crop in a batch": ("crops", "crops", 1),
}
# Ways of predicting the label of a crop with fer; see _peers_fer.py.
PEER_CALLS = ("network", "crops", "crops_with_border")
N_CROPS = 1000


class Side:
    """Process that runs and times calls of one model; see _peers_serve.py.

    Parameters
    ----------
    command : list
        Command line of the process.
    threads : int
        Number of threads of its libraries.
    folder : path-like
        Folder of the arrays.
    """

    def __init__(self, command, threads, folder):
        self._process = subprocess.Popen(
            command,
            cwd=folder,
            env=os.environ | dict.fromkeys(THREAD_VARIABLES, str(threads)),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.versions = self._read()["versions"]

    def __enter__(self):
        return self

    def __exit__(self, *raised):
        self._process.__exit__(*raised)

    def ask(self, call, name, runs=1):
        """Return the seconds and the result of a call with a named array."""
        print(json.dumps([call, f"{name}.npy", runs]), file=self._process.stdin, flush=True)
        reply = self._read()
        return reply["seconds"], reply["answer"]

    def _read(self):
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self._process.args} ended with {self._process.wait()}.")
        return json.loads(line)


def commands(peer):
    """Return the command lines of the peer and of each shipped model."""
    models = sorted(path.stem for path in pretrained_path().parent.glob("*.fer"))
    ours = {name: [sys.executable, FOLDER / "_peers_fertools.py", name] for name in models}
    return {PEER: [peer.absolute(), FOLDER / "_peers_fer.py"]} | ours


def make_photos(n_scenes):
    """Return photos and their numbers of faces: the astronaut, and generated scenes.

    The photos have three equal channels, because fer does not accept gray photos and uses another
    order of the colors.
    """
    gray = cv2.cvtColor(astronaut(), cv2.COLOR_RGB2GRAY)
    scenes = make_scenes(n_scenes, random_state=SEED)
    photos = {
        "photo": (gray[None], 1),
        "scenes": (scenes.images, sum(map(len, scenes.boxes))),
    }
    return {name: (np.stack([images] * 3, axis=-1), n) for name, (images, n) in photos.items()}


def accuracy(name, side, data, known):
    """Score a model on the test splits, or reuse known scores of the same model and data."""
    made_by = {"versions": side.versions, "data_sha256": data.sha256, "images": len(data.images)}
    if name != PEER:
        made_by["model_sha256"] = hashlib.sha256(pretrained_path(name).read_bytes()).hexdigest()
    if known and known["made_by"] == made_by:
        return known
    scores = {}
    for call in PEER_CALLS if name == PEER else ("crops",):
        predictions = {usage: side.ask(call, usage)[1] for usage in TESTS}
        scores[call] = score_published(data, predictions)
    return {"made_by": made_by, "scores": scores}


def quartiles(values):
    """Return the median and the quartiles."""
    return dict(zip(("lower", "median", "upper"), np.percentile(values, (25, 50, 75)), strict=True))


def times(sides, inputs, rounds):
    """Time all work in turns.

    Returns
    -------
    dict
        Per kind of work and model: the `ms` per image, the `ratio` of the peer's time in the same
        round to it, and the number of `faces`.
    """
    result = {}
    for work, (call, array, runs) in WORK.items():
        answers = {name: side.ask(call, array)[1] for name, side in sides.items()}
        n_faces = {name: len(np.hstack(answer)) for name, answer in answers.items()}
        seconds = {name: [] for name in sides}
        for _ in range(rounds):
            for name, side in sides.items():
                seconds[name].append(side.ask(call, array, runs)[0])
        result[work] = {
            name: {
                "ms": quartiles(1000 * np.array(taken) / len(inputs[array])),
                "ratio": quartiles(np.divide(seconds[PEER], taken)),
                "faces": n_faces[name],
            }
            for name, taken in seconds.items()
        }
    return result


def main(argv=None):
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", nargs="?", help="FER-2013; default: FERTOOLS_DATA")
    parser.add_argument("--peer", type=Path, default=FOLDER.parent / ".peers/bin/python")
    parser.add_argument("--limit", type=int, help="number of Training images, for a quick run")
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--scenes", type=int, default=12)
    parser.add_argument("--out", default=RESULTS)
    arguments = parser.parse_args(argv)

    data = load_fer2013(arguments.data)
    if arguments.limit:
        data = limited(data, arguments.limit)
    tests = {usage: data.images[data.usage == usage] for usage in TESTS}
    crops = tests["PublicTest"][:N_CROPS]
    photos = make_photos(arguments.scenes)
    inputs = {name: images for name, (images, _) in photos.items()}
    inputs |= {"crop": crops[:1], "crops": crops} | tests
    known = (read_result("peers", arguments.out) or {}).get("accuracy", {})
    result = {
        "what": "the shipped models against fer; times in milliseconds per image",
        "seed": SEED,
        "rounds": arguments.rounds,
        "load_average": os.getloadavg()[0],
        "shapes": {name: images.shape for name, images in inputs.items()},
        "faces": {name: n_faces for name, (_, n_faces) in photos.items()},
        "accuracy": {},
        "times": {},
    }
    with TemporaryDirectory() as folder:
        for name, images in inputs.items():
            np.save(Path(folder, f"{name}.npy"), images)
        for threads in arguments.threads:
            with ExitStack() as stack:
                sides = {
                    name: stack.enter_context(Side(command, threads, folder))
                    for name, command in commands(arguments.peer).items()
                }
                for name, side in sides.items():
                    known[name] = accuracy(name, side, data, known.get(name))
                    result["accuracy"][name] = known[name]
                result["times"][str(threads)] = times(sides, inputs, arguments.rounds)
            write_result("peers", result, arguments.out)


if __name__ == "__main__":
    main()
