"""``fertools train``."""

import math
from pathlib import Path
from typing import Annotated

import typer

from .._utils.files import check_folder
from ._inputs import has_splits, output_file, read_data
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
from ._terminal import Data, Quiet, Seed, Size, check_jobs, say, status, tell, user_path

# The splits that pick the best epoch of a network, and that are scored after training.
_HELD_OUT = ("PublicTest", "Validation")


def _of_features(help, **options):
    return typer.Option(help=help, rich_help_panel="Classifiers, ann and conv1d", **options)


def _of_networks(help, *names, **options):
    return typer.Option(*names, help=help, rich_help_panel="Networks", **options)


def _check_share(share):
    if share is not None and not 0 < share < 1:
        raise typer.BadParameter(f"must be between 0 and 1; got {share:g}")
    return share


def _check_n_features(number):
    if not (0 < number < 1 or (number >= 1 and number.is_integer())):
        raise typer.BadParameter(
            f"must be a whole number from 1, or a share between 0 and 1; got {number:g}"
        )
    return number


def _check_rate(rate):
    if rate is not None and not 0 < rate < math.inf:
        raise typer.BadParameter(f"must be a positive number; got {rate:g}")
    return rate


def train(
    context: typer.Context,
    data: Data,
    out_file: Annotated[Path, typer.Option("--out", help="The model file to write.")],
    classifier: Annotated[Classifier, typer.Option(help="Classifier to train.")] = Classifier.svm,
    network: Annotated[
        str | None, typer.Option(help="Network to train instead: five_conv, ann, mobilenet_v2, ...")
    ] = None,
    size: Size = None,
    limit: Annotated[
        int | None, typer.Option(min=1, help="Number of training images, drawn at random.")
    ] = None,
    test_size: Annotated[
        float | None,
        typer.Option(
            callback=_check_share,
            help="Share of the images that is held out and scored, for data without splits.",
        ),
    ] = None,
    seed: Seed = 0,
    features: Annotated[str, _of_features("Descriptors, with commas.")] = "lbp,dct,zernike",
    selector: Annotated[str, _of_features("mrmr, jmi, cfs, nmi or anova.")] = "mrmr",
    n_features: Annotated[
        float,
        _of_features("Features to keep: a number, or a share below 1.", callback=_check_n_features),
    ] = 0.2,
    jobs: Annotated[
        int, _of_features("Number of threads; -1 for all processors.", callback=check_jobs)
    ] = 2,
    epochs: Annotated[
        int | None, _of_networks("Largest number of epochs; default: the recipe's.", min=1)
    ] = None,
    batch_size: Annotated[
        int | None, _of_networks("Images per step; default: the recipe's.", min=1)
    ] = None,
    optimizer: Annotated[
        str | None, _of_networks("sgd, momentum, adam, ...; default: the recipe's.")
    ] = None,
    learning_rate: Annotated[
        float | None,
        _of_networks("In the first epoch; default: the recipe's.", callback=_check_rate),
    ] = None,
    class_weight: Annotated[
        str | None, _of_networks("balanced: each class weighs the same in the loss.")
    ] = None,
    patience: Annotated[
        int, _of_networks("Stop after this number of epochs without improvement.", min=1)
    ] = 10,
    checkpoint: Annotated[
        Path | None, _of_networks("Folder for the state of each epoch; training resumes from it.")
    ] = None,
    augment: Annotated[
        bool | None,
        _of_networks("Vary images at random; default: the recipe's.", "--augment/--no-augment"),
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

    out_file = output_file("--out", out_file)
    if checkpoint is not None:
        checkpoint = user_path(checkpoint)
        check_folder(checkpoint)
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
    if test_size is not None:
        _hold_out(bunch, test_size, seed)
    elif not has_splits(bunch) and not quiet:
        tell("The data has no splits: training on all images. --test-size 0.2 holds out a part.")
    training, held_out, splits = _split(bunch, data, limit, seed)
    about = {"training_images": len(training.images), "data_sha256": bunch.sha256}
    if network is None:
        message = f"Training on {len(training.images):,} images ..."
        with status(message, quiet):
            estimator.fit(training.images, training.labels)
    else:
        fitted = fit_network(estimator, training, held_out, quiet)
        about |= {"epochs": fitted.n_iter_, "best_epoch": fitted.best_epoch_ + 1}
        accuracy = fitted.history_["val_accuracy"][fitted.best_epoch_]
        say(
            f"Best epoch: {about['best_epoch']} of {about['epochs']}, {accuracy:.2%} of the images "
            "held out"
        )
    with status("Scoring ...", quiet):
        about["scores"] = evaluate_published(estimator, bunch, splits)
    for split, both in about["scores"].items():
        accuracies = [f"{k} {both[k]['accuracy']:.2%}" for k in both if both[k] is not None]
        say(f"{split} accuracy: {', '.join(accuracies)}")
    save(estimator, out_file, about)
    say(f"Wrote {out_file}")


def _hold_out(bunch, test_size, seed):
    """Divide data without splits into Training and Validation, with equal shares of the classes."""
    import numpy as np

    from ..evaluation import DuplicateAwareHoldout

    if has_splits(bunch):
        raise ValueError("--test-size is for data without splits; this data has splits.")
    holdout = DuplicateAwareHoldout(test_size, random_state=seed)
    _, held_out = next(holdout.split(bunch.images, bunch.labels, bunch.get("groups")))
    bunch.usage = np.full(len(bunch.labels), "Training", dtype="<U10")
    bunch.usage[held_out] = "Validation"


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
