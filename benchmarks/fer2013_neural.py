"""The networks on FER-2013, trained as their sources trained them.

Trains on all Training images, takes the epoch with the least loss on PublicTest, and scores
PublicTest and PrivateTest, published and deduplicated. "ann" and "conv1d" work on what
fer2013_handcrafted.py gives its classifiers. Writes results/neural_NETWORK.json for each network
(neural_NETWORK_SIZE.json at another size than 48). A training that was stopped, or that is asked
for more epochs, goes on from its last epoch.

    python benchmarks/fer2013_neural.py NETWORK ... [--data DATA] [--epochs N] [--size PIXELS]
        [--weights FILE] [--limit ROWS] [--out FOLDER] [--checkpoints FOLDER]
"""

import argparse
import os
import time
from pathlib import Path

# oneDNN's convolutions take half the time; TensorFlow chooses them itself on newer processors only.
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")

import keras
import numpy as np
from _common import RESULTS, TRANSFER, peak_memory_gib, write_result
from fer2013_handcrafted import SEED, TESTS, limited, prepare

import fertools
from fertools.datasets import load_fer2013
from fertools.evaluation import published_split, score_published
from fertools.neural import KerasFeatureClassifier, KerasImageClassifier
from fertools.neural.networks import NETWORKS, recipe_of
from fertools.pipeline import make_fer_pipeline
from fertools.preprocessing import Augmenter, ImageResizer

# How many of the chosen features a network on features sees, and whether it is trained on mirrored
# images too. The convolutions of "conv1d" cost some 130 times what "ann" costs a feature.
ON_FEATURES = {"ann": (4000, True), "conv1d": (300, False)}
SIZE = 48


def image_parts(data, size):
    """Return the images and labels of training and the images of both tests, by split."""
    split = published_split(data)
    resizer = ImageResizer((size, size))
    images = data.images if size == SIZE else resizer.fit(data.images).transform(data.images)
    parts = {usage: images[data.usage == usage] for usage in TESTS}
    return parts | {"Training": images[split.train]}, data.labels[split.train]


def feature_parts(data, n_features, mirrored, most, n_jobs, cache):
    """Return scaled features like `image_parts`; mirrored training images stand behind."""
    cache.mkdir(parents=True, exist_ok=True)
    names = ("Training", *TESTS, "rank")
    if not all((cache / f"{name}.npy").exists() for name in names):
        parts, pipeline, _ = prepare(data, most, n_jobs)
        selector = pipeline["select"]
        parts["rank"] = selector.ranking_[selector.get_support()]
        for name in names:
            np.save(cache / f"{name}.npy", parts[name])
    parts = {name: np.load(cache / f"{name}.npy", mmap_mode="r") for name in names}
    kept = parts.pop("rank") <= n_features
    parts = {name: part[:, kept] for name, part in parts.items()}
    labels = data.labels[data.usage == "Training"]
    if mirrored:
        labels = np.concatenate([labels, labels])
    parts["Training"] = parts["Training"][: len(labels)]
    scaler = make_fer_pipeline()["scale"].fit(parts["Training"])
    return {name: scaler.transform(part) for name, part in parts.items()}, labels


def make_classifier(network, epochs, folder, size, weights, mixed_precision):
    """Return the classifier as the source of its network trained it."""
    recipe = recipe_of(network)
    options = {
        "epochs": epochs or recipe.epochs,
        "patience": 10 if recipe.early_stopping else None,
        "drop_after": 4 if recipe.plateau_factor else None,
        "checkpoint": folder,
        "mixed_precision": mixed_precision,
        "random_state": SEED,
        "verbose": True,
    }
    if network in ON_FEATURES:
        return KerasFeatureClassifier(network, **options)
    if network in TRANSFER:
        # Frozen layers with random weights would learn nothing.
        frozen = {} if weights else {"frozen": None}
        options["network_options"] = {"weights": weights, "size": size, **frozen}
    augmenter = Augmenter() if recipe.augmentation else None
    return KerasImageClassifier(network, augmenter=augmenter, **options)


def run(network, data, arguments):
    """Train one network, or go on with it; return what is to be told."""
    size = SIZE if network in ON_FEATURES else arguments.size
    cache = Path(arguments.checkpoints)
    folder = cache / result_name(network, size)
    if network in ON_FEATURES:
        most = arguments.n_features
        n_features, mirrored = ON_FEATURES[network]
        n_features = min(n_features, most)
        parts, labels = feature_parts(
            data, n_features, mirrored, most, arguments.n_jobs, cache / "features"
        )
        about = {"n_features": n_features, "mirrored": mirrored}
    else:
        # The transfer networks enlarge images themselves.
        parts, labels = image_parts(data, SIZE if network in TRANSFER else size)
        about = {"size": size}
    classifier = make_classifier(
        network, arguments.epochs, folder, size, arguments.weights, arguments.mixed_precision
    )
    classifier.fit(
        parts["Training"],
        labels,
        X_val=parts["PublicTest"],
        y_val=data.labels[data.usage == "PublicTest"],
        resume_from=folder if (folder / "state.json").exists() else None,
    )
    start = time.perf_counter()
    predictions = {usage: classifier.predict(parts[usage]) for usage in TESTS}
    n_test = sum(map(len, predictions.values()))
    recipe = recipe_of(network)
    history = {
        name: [round(value, 6) for value in values] for name, values in classifier.history_.items()
    }
    return about | {
        "parameters": classifier.model_.count_params(),
        "weights": weights_told(network, arguments.weights),
        "backend": keras.backend.backend(),
        "mixed_precision": arguments.mixed_precision,
        "epochs": classifier.n_iter_,
        "schedule": recipe.epochs,
        "complete": classifier.n_iter_ >= recipe.epochs
        or (recipe.early_stopping and classifier.n_iter_ < (arguments.epochs or recipe.epochs)),
        "best_epoch": classifier.best_epoch_ + 1,
        "train_seconds": round(sum(history["seconds"]), 1),
        "predict_ms_per_face": 1e3 * (time.perf_counter() - start) / n_test,
        "reported": recipe.reported,
        "caveat": recipe.caveat,
        "scores": score_published(data, predictions),
        "history": history,
    }


def weights_told(network, weights):
    """Say what the training of a network begins with."""
    if network in TRANSFER and weights is not None:
        return "ImageNet" if weights == "imagenet" else Path(weights).name
    return "random initialisation"


def result_name(network, size):
    """Return the name of a network's result file."""
    return f"neural_{network}" + ("" if size == SIZE else f"_{size}")


def main(argv=None):
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("networks", nargs="*", help="default: all", metavar="NETWORK")
    parser.add_argument("--data", help="FER-2013; default: FERTOOLS_DATA")
    parser.add_argument("--epochs", type=int, help="in all; default: the source's schedule")
    parser.add_argument("--size", type=int, default=SIZE, help="side of the images in pixels")
    parser.add_argument("--weights", help='of transfer networks: "imagenet" or a file')
    parser.add_argument("--mixed-precision", action="store_true")
    parser.add_argument("--limit", type=int, help="rows of Training, for a quick look")
    parser.add_argument("--n-features", type=int, default=4000, help="chosen for ann, conv1d")
    parser.add_argument("--n-jobs", type=int, default=2)
    parser.add_argument("--out", default=RESULTS)
    parser.add_argument("--checkpoints", default=Path(__file__).parent / "checkpoints")
    arguments = parser.parse_args(argv)
    unknown = sorted(set(arguments.networks) - set(NETWORKS))
    if unknown:
        parser.error(f"NETWORK must be of {', '.join(NETWORKS)}; got {', '.join(unknown)}")

    data = load_fer2013(arguments.data)
    if arguments.limit:
        data = limited(data, arguments.limit)
    about = {
        "what": "trained on Training, the best epoch by PublicTest; localisation off",
        "data_sha256": data.sha256,
        "training_images": int((data.usage == "Training").sum()),
        "seed": SEED,
        "fertools": fertools.__version__,
    }
    for network in arguments.networks or NETWORKS:
        result = about | {"network": network} | run(network, data, arguments)
        result |= {"peak_memory_gib": peak_memory_gib()}
        name = result_name(network, result.get("size", SIZE))
        print(write_result(name, result, arguments.out))
        keras.utils.clear_session()


if __name__ == "__main__":
    main()
