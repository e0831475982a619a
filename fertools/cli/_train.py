"""``fertools train``."""

from pathlib import Path
from typing import Annotated

import typer

from ._inputs import read_data
from ._keras import start_keras
from ._methods import (
    ON_IMAGES,
    TRANSFER,
    Classifier,
    feature_network,
    fit_network,
    image_network,
    kind_of,
    refuse,
    square,
)
from ._terminal import Data, Quiet, out, status, told_warnings

# The splits that pick the best epoch of a network, and that are scored after training.
_HELD_OUT = ("PublicTest", "Validation")


def _of_features(help):
    return typer.Option(help=help, rich_help_panel="Classifiers, ann and conv1d")


def _of_networks(help, *names):
    return typer.Option(*names, help=help, rich_help_panel="Networks")


def train(
    context: typer.Context,
    data: Data,
    out_file: Annotated[Path, typer.Option("--out", help="The model file to write.")],
    classifier: Annotated[Classifier, typer.Option(help="What to train.")] = Classifier.svm,
    network: Annotated[
        str | None, typer.Option(help="What to train instead: five_conv, ann, mobilenet_v2, ...")
    ] = None,
    size: Annotated[
        int | None, typer.Option(min=1, help="Bring images to this side, in pixels.")
    ] = None,
    limit: Annotated[int | None, typer.Option(help="Train on that many images only.")] = None,
    seed: Annotated[int, typer.Option(help="Of all that is random.")] = 0,
    features: Annotated[str, _of_features("Descriptors, with commas.")] = "lbp,dct,zernike",
    selector: Annotated[str, _of_features("mrmr, jmi, cfs, nmi or anova.")] = "mrmr",
    n_features: Annotated[
        float, _of_features("Features to keep: how many, or a share below 1.")
    ] = 0.2,
    jobs: Annotated[int, _of_features("Threads.")] = 2,
    epochs: Annotated[int | None, _of_networks("At the most; default: the recipe's.")] = None,
    batch_size: Annotated[int | None, _of_networks("Images a step; default: the recipe's.")] = None,
    optimizer: Annotated[
        str | None, _of_networks("sgd, momentum, adam, ...; default: the recipe's.")
    ] = None,
    learning_rate: Annotated[
        float | None, _of_networks("Of the first epoch; default: the recipe's.")
    ] = None,
    class_weight: Annotated[
        str | None, _of_networks("balanced: each class weighs the same in the loss.")
    ] = None,
    patience: Annotated[int, _of_networks("Stop after so many epochs without a better one.")] = 10,
    checkpoint: Annotated[
        Path | None, _of_networks("Keep the state of each epoch in this folder; go on from it.")
    ] = None,
    augment: Annotated[
        bool | None,
        _of_networks("Random copies of images; default: the recipe's.", "--augment/--no-augment"),
    ] = None,
    weights: Annotated[
        str, _of_networks("A transfer network begins with: imagenet, a file, or none.")
    ] = "imagenet",
    quiet: Quiet = False,
):
    """Train a pipeline or a network on a data set, and save it.

    It is trained on the Training images, or on all where the data has no splits.
    """
    from ..evaluation import evaluate_published
    from ..persistence import save
    from ..pipeline import make_fer_pipeline

    if not out_file.parent.is_dir():
        raise FileNotFoundError(f"--out: there is no folder {out_file.parent}.")
    sources = {name: context.get_parameter_source(name).name for name in context.params}
    given = {name for name, source in sources.items() if source == "COMMANDLINE"}
    if {"classifier", "network"} <= given:
        raise ValueError("--network and --classifier exclude each other.")
    kind = kind_of(network)
    refuse(given, kind, network or classifier.value)
    if network is not None:
        start_keras(quiet)
    learning = {
        "epochs": epochs,
        "batch_size": batch_size,
        "optimizer": optimizer,
        "learning_rate": learning_rate,
        "class_weight": class_weight,
        "patience": patience,
        "checkpoint": checkpoint and str(checkpoint),
        "random_state": seed,
        "verbose": not quiet,
    }
    if kind in (ON_IMAGES, TRANSFER):
        estimator = image_network(network, kind, size, weights, augment, learning)
    else:
        estimator = make_fer_pipeline(
            tuple(features.split(",")),
            selector=selector,
            n_features=n_features if n_features < 1 else int(n_features),
            classifier=feature_network(network, learning) if network else classifier.value,
            calibrated=network is None,
            n_jobs=jobs,
            random_state=seed,
        )

    bunch = read_data(data, quiet)
    bunch.images = square(bunch.images, size, enlarges=kind is TRANSFER)
    training, held_out, splits = _split(bunch, data, limit, seed)
    about = {"training_images": len(training.images), "data_sha256": bunch.sha256}
    if network is None:
        message = f"Training on {len(training.images):,} images ..."
        with status(message, quiet), told_warnings():
            estimator.fit(training.images, training.labels)
    else:
        fitted = fit_network(estimator, training, held_out, quiet)
        about |= {"epochs": fitted.n_iter_, "best_epoch": fitted.best_epoch_ + 1}
        accuracy = fitted.history_["val_accuracy"][fitted.best_epoch_]
        out.print(
            f"Best epoch: {about['best_epoch']} of {about['epochs']}, {accuracy:.2%} of the images "
            "held out",
            highlight=False,
        )
    with status("Scoring ...", quiet):
        about["scores"] = evaluate_published(estimator, bunch, splits)
    for split, both in about["scores"].items():
        accuracies = [f"{k} {both[k]['accuracy']:.2%}" for k in both if both[k] is not None]
        out.print(f"{split} accuracy: {', '.join(accuracies)}", highlight=False)
    save(estimator, out_file, about)
    out.print(f"Wrote {out_file}", highlight=False, markup=False)


def _split(bunch, data, limit, seed):
    """Return the images to train on, the images held out, and the names of their splits."""
    import numpy as np

    from ..datasets import take_rows

    usage = bunch.setdefault("usage", np.full(len(bunch.labels), "Training"))
    rows = np.flatnonzero(usage == "Training")
    if len(rows) == 0:
        raise ValueError(f"DATA must hold Training images; {data} holds none.")
    if limit is not None and limit < len(rows):
        rows = np.sort(np.random.default_rng(seed).permutation(rows)[:limit])
    splits = [name for name in _HELD_OUT if name in usage]
    return take_rows(bunch, rows), take_rows(bunch, np.isin(usage, splits)), splits
