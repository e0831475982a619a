"""Train the networks on FER-2013 with their published settings.

Each network is trained on all Training images, keeps the epoch with the highest accuracy on
PublicTest, and is scored on PublicTest and PrivateTest, published and deduplicated. "ann" and
"conv1d" are trained on the features of fer2013_handcrafted.py. Each run writes
results/neural_NETWORK.json with the scores and the learning curve, and results/networks/NETWORK.npz
with the probabilities of both test splits. The image size is appended to these names if it is not
48, and "_augmented" or "_plain" if the augmentation is not the published one. Interrupted runs, and
runs with more epochs than before, resume after the last completed epoch.

--five-classes uses the five classes and the 70:30 split of the publication of "small_vgg_elu"; a
tenth of the training part is held out to select the epoch.

On a GPU, use the JAX backend with --steps-per-execution 32, or the torch backend:

    KERAS_BACKEND=jax python benchmarks/fer2013_neural.py small_vgg_elu --steps-per-execution 32
"""

import argparse
import os
import time
from pathlib import Path

# oneDNN halves the time of convolutions; TensorFlow enables it by default on newer processors only.
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")

import keras
import numpy as np
from _common import RESULTS, TRANSFER, accelerator, peak_memory_gib, write_result
from fer2013_handcrafted import SEED, TESTS, feature_folder, limited, prepare

import fertools
from fertools.datasets import load_fer2013
from fertools.evaluation import (
    DuplicateAwareHoldout,
    published_split,
    score_classification,
    score_published,
)
from fertools.evaluation._protocols import five_class_split
from fertools.neural import KerasFeatureClassifier, KerasImageClassifier
from fertools.neural.networks import NETWORKS, recipe_of
from fertools.pipeline import make_fer_pipeline
from fertools.preprocessing import Augmenter, ImageResizer

# Number of features of a network on features, and whether mirror images are added for training.
# Per feature, the convolutions of "conv1d" take about 130 times as long as "ann".
ON_FEATURES = {"ann": (4000, True), "conv1d": (300, False)}
SIZE = 48


def image_parts(data, size):
    """Return the images of Training and both test splits, and the labels of Training."""
    split = published_split(data)
    resizer = ImageResizer((size, size))
    images = data.images if size == SIZE else resizer.fit(data.images).transform(data.images)
    parts = {usage: images[data.usage == usage] for usage in TESTS}
    return parts | {"Training": images[split.train]}, data.labels[split.train]


def feature_parts(data, n_features, mirrored, most, n_jobs, checkpoints):
    """Return scaled features by split, and the labels of Training, followed by mirror images."""
    cache = feature_folder(checkpoints, data, most)
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


def five_class_parts(data):
    """Return images and labels of Training, Validation and Test of the five-class protocol."""
    split = five_class_split(data, random_state=SEED)
    images, labels = split.data.images, split.data.labels
    holdout = DuplicateAwareHoldout(0.1, random_state=SEED)
    train, held = next(holdout.split(images[split.train], labels[split.train]))
    parts = {"Training": split.train[train], "Validation": split.train[held], "Test": split.test}
    return {name: (images[part], labels[part]) for name, part in parts.items()}


def is_augmented(network, arguments):
    """Return whether the training images are augmented."""
    if arguments.augmentation == "recipe":
        return recipe_of(network).augmentation
    return arguments.augmentation == "on"


def make_classifier(network, arguments, size=SIZE, folder=None):
    """Return a classifier with the published settings of its network.

    Parameters
    ----------
    network : str
    arguments : Namespace
        Command line arguments.
    size : int
        Height and width of the images, in pixels.
    folder : Path or None
        Folder of the checkpoint.
    """
    recipe = recipe_of(network)
    options = {
        "epochs": arguments.epochs or recipe.epochs,
        "monitor": "accuracy",
        "patience": 10 if recipe.early_stopping else None,
        "drop_after": 4 if recipe.plateau_factor else None,
        "checkpoint": folder,
        "mixed_precision": arguments.mixed_precision,
        "steps_per_execution": arguments.steps_per_execution,
        "random_state": SEED,
        "verbose": True,
    }
    if network in ON_FEATURES:
        return KerasFeatureClassifier(network, **options)
    if network in TRANSFER:
        # Layers with random weights must not be frozen.
        frozen = {} if arguments.weights else {"frozen": None}
        options["network_options"] = {"weights": arguments.weights, "size": size, **frozen}
    augmenter = Augmenter() if is_augmented(network, arguments) else None
    return KerasImageClassifier(network, augmenter=augmenter, **options)


class Deadline(keras.callbacks.Callback):
    """Callback that stops training after the epoch in which a time limit is exceeded."""

    def __init__(self, seconds):
        super().__init__()
        self.end = time.monotonic() + seconds

    def on_epoch_end(self, epoch, logs=None):
        """Stop training if the time limit is exceeded."""
        if time.monotonic() > self.end:
            self.model.stop_training = True


def load_parts(network, data, arguments):
    """Return the inputs and the labels of each split, and facts for the result file."""
    if arguments.five_classes:
        parts = five_class_parts(data)
        images, labels = ({name: part[i] for name, part in parts.items()} for i in (0, 1))
        counts = {name: len(part) for name, part in labels.items()}
        return images, labels, {"size": SIZE, "five_classes": True, "images": counts}
    labels = {usage: data.labels[data.usage == usage] for usage in TESTS}
    if network in ON_FEATURES:
        most = arguments.n_features
        n_features, mirrored = ON_FEATURES[network]
        n_features = min(n_features, most)
        parts, labels["Training"] = feature_parts(
            data, n_features, mirrored, most, arguments.n_jobs, arguments.checkpoints
        )
        return parts, labels, {"n_features": n_features, "mirrored": mirrored}
    # Transfer networks resize images themselves.
    parts, labels["Training"] = image_parts(data, SIZE if network in TRANSFER else arguments.size)
    return parts, labels, {"size": arguments.size}


def run(network, data, arguments):
    """Train one network or resume its training.

    Returns
    -------
    result : dict
        Result, ready for JSON.
    probabilities : dict of str to ndarray
        Probabilities of each test split, and the classes.
    classifier : KerasClassifier
    """
    parts, labels, about = load_parts(network, data, arguments)
    folder = None
    if not arguments.no_checkpoints:
        folder = Path(arguments.checkpoints) / result_name(network, arguments)
    classifier = make_classifier(network, arguments, about.get("size", SIZE), folder)
    if arguments.seconds:
        classifier.set_params(callbacks=[Deadline(arguments.seconds)])
    held = "Validation" if arguments.five_classes else "PublicTest"
    classifier.fit(
        parts["Training"],
        labels["Training"],
        X_val=parts[held],
        y_val=labels[held],
        resume_from=folder if folder and (folder / "state.json").exists() else None,
    )
    tests = ["Test"] if arguments.five_classes else TESTS
    start = time.perf_counter()
    answers = {usage: classifier.predict_proba(parts[usage]) for usage in tests}
    n_test = sum(map(len, answers.values()))
    seconds = time.perf_counter() - start
    predictions = {
        usage: classifier.classes_[answer.argmax(axis=1)] for usage, answer in answers.items()
    }
    if arguments.five_classes:
        names = [name for name in data.target_names if name in classifier.classes_]
        scores = {"Test": score_classification(labels["Test"], predictions["Test"], names)}
    else:
        scores = score_published(data, predictions)
    recipe = recipe_of(network)
    history = {
        name: [round(value, 6) for value in values] for name, values in classifier.history_.items()
    }
    epochs = arguments.epochs or recipe.epochs
    waited = classifier.n_iter_ - 1 - classifier.best_epoch_
    result = about | {
        "parameters": classifier.model_.count_params(),
        "weights": initial_weights(network, arguments.weights),
        "augmentation": is_augmented(network, arguments),
        "backend": keras.backend.backend(),
        "accelerator": accelerator(),
        "mixed_precision": arguments.mixed_precision,
        "steps_per_execution": arguments.steps_per_execution,
        "processes": arguments.processes,
        "epochs": classifier.n_iter_,
        "schedule": recipe.epochs,
        "complete": classifier.n_iter_ >= recipe.epochs
        or (recipe.early_stopping and waited >= 10 and classifier.n_iter_ < epochs),
        "best_epoch": classifier.best_epoch_ + 1,
        "monitor": classifier.monitor,
        "train_seconds": round(sum(history["seconds"]), 1),
        "predict_ms_per_face": 1e3 * seconds / n_test,
        "reported": recipe.reported,
        "caveat": recipe.caveat,
        "scores": scores,
        "history": history,
    }
    kept = {usage: answer.astype(np.float32) for usage, answer in answers.items()}
    return result, kept | {"classes": classifier.classes_.astype(str)}, classifier


def initial_weights(network, weights):
    """Return the name of the initial weights of a network."""
    if network in TRANSFER and weights is not None:
        return "ImageNet" if weights == "imagenet" else Path(weights).name
    return "random initialization"


def result_name(network, arguments):
    """Return the name of the result file of a network."""
    name = f"neural_{network}"
    if arguments.size != SIZE and network not in ON_FEATURES:
        name += f"_{arguments.size}"
    augmented = is_augmented(network, arguments)
    if augmented != recipe_of(network).augmentation:
        name += "_augmented" if augmented else "_plain"
    return name + ("_five" if arguments.five_classes else "")


def make_parser():
    """Return the parser of the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("networks", nargs="*", help="default: all", metavar="NETWORK")
    parser.add_argument("--data", help="FER-2013; default: FERTOOLS_DATA")
    parser.add_argument(
        "--epochs", type=int, help="number of epochs; default: the published number"
    )
    parser.add_argument("--size", type=int, default=SIZE, help="image size in pixels")
    parser.add_argument("--weights", help='weights of transfer networks: "imagenet" or a file')
    parser.add_argument(
        "--augmentation",
        choices=["recipe", "on", "off"],
        default="recipe",
        help="augmentation of the training images; default: the published setting",
    )
    parser.add_argument("--five-classes", action="store_true", help="use the five-class protocol")
    parser.add_argument("--mixed-precision", choices=["float16", "bfloat16"])
    parser.add_argument("--steps-per-execution", type=int, default=1, help="32 for JAX")
    parser.add_argument(
        "--processes", type=int, default=1, help="number of processes that share the device"
    )
    parser.add_argument("--seconds", type=float, help="time limit of the training")
    parser.add_argument("--limit", type=int, help="number of Training images, for a quick run")
    parser.add_argument("--n-features", type=int, default=4000, help="features selected by mRMR")
    parser.add_argument("--n-jobs", type=int, default=2)
    parser.add_argument("--out", default=RESULTS)
    parser.add_argument("--checkpoints", default=Path(__file__).parent / "checkpoints")
    parser.add_argument("--no-checkpoints", action="store_true", help="do not save checkpoints")
    return parser


def published_run(name):
    """Return the network and the arguments of a run with its published settings.

    Parameters
    ----------
    name : str
        Name of a network, followed by the image size for other than 48 pixels:
        ``mobilenet_v2_96``.

    Returns
    -------
    network : str
    arguments : Namespace
    """
    network, _, size = name.rpartition("_")
    command = [network, "--size", size] if size.isdigit() else [name]
    arguments = make_parser().parse_args(command)
    return arguments.networks[0], arguments


def about_run(data):
    """Return the entries of a result file that do not depend on the network."""
    return {
        "what": "trained on Training, the best epoch by PublicTest; localization off",
        "data_sha256": data.sha256,
        "training_images": int((data.usage == "Training").sum()),
        "seed": SEED,
        "fertools": fertools.__version__,
    }


def run_and_write(network, data, arguments):
    """Train one network, write its files, and return the path of the result and the classifier."""
    result, probabilities, classifier = run(network, data, arguments)
    result = about_run(data) | {"network": network} | result
    result |= {"peak_memory_gib": peak_memory_gib()}
    name = result_name(network, arguments)
    folder = Path(arguments.out, "networks")
    folder.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(folder / f"{name.removeprefix('neural_')}.npz", **probabilities)
    return write_result(name, result, arguments.out), classifier


def main(argv=None):
    """Run the benchmark."""
    parser = make_parser()
    arguments = parser.parse_args(argv)
    unknown = sorted(set(arguments.networks) - set(NETWORKS))
    if unknown:
        parser.error(f"NETWORK must be one of {', '.join(NETWORKS)}; got {', '.join(unknown)}.")

    data = load_fer2013(arguments.data)
    if arguments.limit:
        data = limited(data, arguments.limit)
    for network in arguments.networks or NETWORKS:
        path, _ = run_and_write(network, data, arguments)
        print(path)
        keras.utils.clear_session()


if __name__ == "__main__":
    main()
