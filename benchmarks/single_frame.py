"""Time single predictions of networks: KerasImageClassifier against `predict` of Keras.

Both are timed in turns. The networks are trained for one epoch on drawn faces, because the time
does not depend on the weights. Writes results/single_frame.json.

    python benchmarks/single_frame.py [NETWORK ...] [--repeats N] [--out FOLDER]
"""

import argparse
import os
import time

# oneDNN halves the time of convolutions; TensorFlow enables it by default on newer processors only.
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")

import keras
import numpy as np
import psutil
from _common import RESULTS, write_result

import fertools
from fertools.datasets import make_faces
from fertools.neural import KerasImageClassifier

NAME = "single_frame"
NETWORKS = ("five_conv", "reference_cnn", "small_vgg_elu", "six_conv", "ckplus_cnn", "mobilenet_v2")
TRANSFER = {"mobilenet_v2": {"weights": None}}


def timed(functions, repeats):
    """Call functions in turns, and return an array of seconds per function."""
    seconds = np.empty((len(functions), repeats))
    for repeat in range(repeats):
        for k, function in enumerate(functions):
            start = time.perf_counter()
            function()
            seconds[k, repeat] = time.perf_counter() - start
    return seconds


def measure(network, repeats, single_predictions):
    """Return the milliseconds per prediction, and the memory growth by many predictions."""
    faces = make_faces(14, random_state=0)
    classifier = KerasImageClassifier(
        network, network_options=TRANSFER.get(network), epochs=1, validation_fraction=0
    ).fit(faces.images, faces.labels)
    face = faces.images[:1]
    pixels = face[..., None].astype(np.float32)
    batch = np.repeat(face, 128, axis=0)
    ours = classifier.predict_proba(face)
    theirs = classifier.model_.predict(pixels, verbose=0)
    classifier.predict_proba(batch)
    single, keras_single = timed(
        [
            lambda: classifier.predict_proba(face),
            lambda: classifier.model_.predict(pixels, verbose=0),
        ],
        repeats,
    )
    (together,) = timed([lambda: classifier.predict_proba(batch)], max(1, repeats // 10))
    process = psutil.Process()
    before = process.memory_info().rss
    for _ in range(single_predictions):
        classifier.predict_proba(face)
    return {
        "single_ms": 1e3 * float(np.median(single)),
        "keras_single_ms": 1e3 * float(np.median(keras_single)),
        "ratio": float(np.median(keras_single) / np.median(single)),
        "batch_ms_per_face": 1e3 * float(np.median(together)) / len(batch),
        "largest_difference": float(abs(ours - theirs).max()),
        "grown_mb": (process.memory_info().rss - before) / 1e6,
    }


def main(argv=None):
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("networks", nargs="*", metavar="NETWORK")
    parser.add_argument("--repeats", type=int, default=50)
    parser.add_argument("--single-predictions", type=int, default=2000)
    parser.add_argument("--out", default=RESULTS)
    arguments = parser.parse_args(argv)
    result = {
        "what": "one face of 48 x 48 pixels, all threads; and 128 of them together",
        "backend": keras.backend.backend(),
        "fertools": fertools.__version__,
        "repeats": arguments.repeats,
        "single_predictions": arguments.single_predictions,
        "load_average": os.getloadavg()[0],
        "rows": {
            network: measure(network, arguments.repeats, arguments.single_predictions)
            for network in arguments.networks or NETWORKS
        },
    }
    print(write_result(NAME, result, arguments.out))


if __name__ == "__main__":
    main()
