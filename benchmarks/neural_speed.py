"""Time training steps of networks: each installed backend of Keras, in float32 and bfloat16.

Each backend runs in a process of its own, on one thread. A step is one batch of the published size
of random images, with the published optimizer. The preparation of a batch, with augmentation, is
timed separately, to decide whether it should run in parallel. Writes results/neural_speed.json.

    python benchmarks/neural_speed.py [NETWORK ...] [--seconds S] [--out FOLDER]
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from importlib.util import find_spec

import numpy as np
from _common import RESULTS, TRANSFER, write_result

import fertools
from fertools.neural import KerasImageClassifier
from fertools.neural.networks import NETWORKS, recipe_of
from fertools.preprocessing import Augmenter

NAME = "neural_speed"
BACKENDS = ("tensorflow", "jax", "torch")
PRECISIONS = (None, "bfloat16")
CHOSEN = ("small_vgg_elu", "mobilenet_v2", "reference_cnn", "six_conv", "three_block")
# Images of the Training split of FER-2013.
N_TRAINING, SIDE = 28_709, 48
ONE_THREAD = {
    "OMP_NUM_THREADS": "1",
    "TF_NUM_INTRAOP_THREADS": "1",
    "TF_NUM_INTEROP_THREADS": "1",
    # oneDNN halves the time of convolutions; TensorFlow enables it by default on newer processors.
    "TF_ENABLE_ONEDNN_OPTS": "1",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1",
}


def make_network(network, precision):
    """Return an unfitted classifier of a network, with augmentation."""
    options = {"weights": None, "frozen": None, "size": SIDE} if network in TRANSFER else None
    return KerasImageClassifier(
        network,
        network_options=options,
        augmenter=Augmenter(),
        mixed_precision=precision,
        random_state=0,
    )


def measure(network, precision, seconds):
    """Return the seconds per training step and per preparation of a batch.

    Parameters
    ----------
    network : str
    precision : {"bfloat16"} or None
    seconds : float
        Duration of the measurement, after two steps that are not counted.

    Returns
    -------
    dict
    """
    recipe = recipe_of(network)
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (recipe.batch_size, SIDE, SIDE), np.uint8)
    targets = np.eye(7, dtype=np.float32)[np.arange(len(images)) % 7]
    classifier = make_network(network, precision)
    classifier.classes_ = np.arange(7)
    rows = classifier._rows(images, reset=True)
    start = time.perf_counter()
    model = classifier._build(recipe, 0, rows[:2])
    parts = {"prepare": [], "step": []}
    for step in range(-2, 10_000):
        began = time.perf_counter()
        inputs = classifier._prepare(rows, step + 2)
        prepared = time.perf_counter()
        model.train_on_batch(inputs, targets)
        ended = time.perf_counter()
        if step < 0:
            compiled = ended
            continue
        parts["prepare"].append(prepared - began)
        parts["step"].append(ended - prepared)
        if step >= 2 and ended - compiled > seconds:
            break
    prepare, step = (statistics.median(parts[name]) for name in ("prepare", "step"))
    n_batches = N_TRAINING / recipe.batch_size
    return {
        "batch_size": recipe.batch_size,
        "steps": len(parts["step"]),
        "compile_seconds": compiled - start,
        "prepare_ms": 1e3 * prepare,
        "step_ms": 1e3 * step,
        "epoch_seconds": n_batches * (prepare + step),
        "prepare_share": prepare / (prepare + step),
    }


def measure_backend(networks, seconds):
    """Return the measurements with the backend of this process, by network and precision."""
    import keras

    if keras.backend.backend() == "torch":
        import torch

        torch.set_num_threads(1)
    rows = {}
    for network in networks:
        rows[network] = {}
        for precision in PRECISIONS:
            rows[network][precision or "float32"] = measure(network, precision, seconds)
            keras.utils.clear_session()
    return rows


def run_backend(backend, networks, seconds):
    """Run `measure_backend` in another process, which uses one thread."""
    command = [sys.executable, __file__, *networks, "--seconds", str(seconds), "--this-process"]
    environment = os.environ | ONE_THREAD | {"KERAS_BACKEND": backend}
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def main(argv=None):
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "networks", nargs="*", metavar="NETWORK", help=f"default: {', '.join(CHOSEN)}"
    )
    parser.add_argument("--seconds", type=float, default=2, help="time per measurement")
    parser.add_argument("--out", default=RESULTS)
    parser.add_argument("--this-process", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args(argv)
    networks = arguments.networks or list(CHOSEN)
    unknown = sorted(set(networks) - set(NETWORKS))
    if unknown:
        parser.error(f"NETWORK must be one of {', '.join(NETWORKS)}; got {', '.join(unknown)}.")
    if arguments.this_process:
        print(json.dumps(measure_backend(networks, arguments.seconds)))
        return
    result = {
        "what": "training steps on one thread",
        "fertools": fertools.__version__,
        "training_images": N_TRAINING,
        "load_average": os.getloadavg()[0],
        "backends": {},
    }
    start = time.perf_counter()
    for backend in BACKENDS:
        if find_spec(backend) is None:
            print(f"{backend} is not installed", file=sys.stderr)
            continue
        result["backends"][backend] = run_backend(backend, networks, arguments.seconds)
        print(f"{backend}: {time.perf_counter() - start:.0f} s", file=sys.stderr, flush=True)
    print(write_result(NAME, result, arguments.out))


if __name__ == "__main__":
    main()
