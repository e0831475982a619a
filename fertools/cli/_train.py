"""``fertools train``."""

from pathlib import Path
from typing import Annotated

import typer

from .._utils.files import check_folder
from . import _train_options as options
from ._inputs import output_file, read_data, square_images
from ._keras import start_keras
from ._terminal import Data, Quiet, Seed, Size, say, status, tell, user_path


def train(
    context: typer.Context,
    data: Data,
    out_file: Annotated[Path, typer.Option("--out", help="Output model file.")],
    classifier: options.Classifier = "svm",
    network: options.Network = None,
    size: Size = None,
    limit: options.Limit = None,
    test_size: options.TestSize = None,
    seed: Seed = 0,
    features: options.Features = "lbp,dct,zernike",
    selector: options.Selector = "mrmr",
    n_features: options.NFeatures = 0.2,
    jobs: options.FeatureJobs = 2,
    epochs: options.Epochs = None,
    batch_size: options.BatchSize = None,
    optimizer: options.Optimizer = None,
    learning_rate: options.LearningRate = None,
    class_weight: options.ClassWeight = None,
    monitor: options.Monitor = "loss",
    patience: options.Patience = 10,
    checkpoint: options.Checkpoint = None,
    augment: options.Augment = None,
    weights: options.Weights = "imagenet",
    quiet: Quiet = False,
):
    """Train a classifier or a network on a data set, and save it.

    The Training images are used, or all images of data without splits. On a store of fertools
    extract, logistic regression is trained chunk by chunk.
    """
    from ..batch._store import SETTINGS
    from ..persistence import save
    from ..pipeline._methods import METHODS, make_method

    out_file = output_file("--out", out_file)
    if checkpoint is not None:
        checkpoint = user_path(checkpoint)
        check_folder(checkpoint)
    if (user_path(data) / SETTINGS).is_file():
        _train_on_store(context, user_path(data), out_file, seed, epochs, n_features, quiet)
        return
    method = options.chosen_method(context)
    if network is not None:
        start_keras(quiet)
    estimator = make_method(method, **options.method_parameters(context, METHODS[method]))
    if network is not None:
        classify = estimator[-1] if hasattr(estimator, "steps") else estimator
        classify.set_params(checkpoint=checkpoint and str(checkpoint), verbose=not quiet)

    bunch = _read_images(data, size, test_size, seed, quiet, METHODS[method] == "transfer network")
    about = _fit(estimator, bunch, limit, seed, checkpoint, network is not None, quiet)
    save(estimator, out_file, about)
    say(f"Wrote {out_file}")


def _train_on_store(context, store, out_file, seed, epochs, n_features, quiet):
    """Train on the labeled faces of a store, and save the pipeline."""
    from ..batch import fit_incremental
    from ..persistence import save

    given = options.check_store_options(context)
    if "n_features" in given:
        if not (n_features >= 1 and n_features.is_integer()):
            raise ValueError(f"--n-features must be a whole number on a store; got {n_features:g}.")
        given["n_features"] = int(n_features)
    if epochs is not None:
        given["n_epochs"] = epochs
    pipeline = fit_incremental(store, random_state=seed, progress=not quiet, **given)
    save(pipeline, out_file, {"store": str(store)})
    say(f"Wrote {out_file}")


def _read_images(data, size, test_size, seed, quiet, enlarges):
    """Read a data set and hold out a part if the data has no splits and `test_size` is given."""
    from ..evaluation._splits import has_splits, hold_out

    bunch = read_data(data, quiet)
    bunch.images = square_images(bunch.images, size, enlarges=enlarges)
    if test_size is not None:
        if has_splits(bunch):
            raise ValueError("--test-size requires data without splits; this data has splits.")
        hold_out(bunch, test_size, seed)
    elif not has_splits(bunch) and not quiet:
        tell("The data has no splits: training on all images. Hold some out with --test-size 0.2.")
    return bunch


def _fit(estimator, bunch, limit, seed, checkpoint, is_network, quiet):
    """Fit and score an estimator, and return the metadata of the model file."""
    from ..evaluation._splits import score_validation, training_and_validation
    from ..pipeline._methods import fit_method

    training, validation = training_and_validation(bunch, limit, seed)
    about = {"training_images": len(training.images), "data_sha256": bunch.sha256}
    if checkpoint is not None and not (checkpoint / "state.json").is_file():
        checkpoint = None
    if checkpoint is not None:
        tell(f"Resuming the training in {checkpoint}.")
    message = f"Training on {len(training.images):,} images ..."
    # Networks show a progress bar of their own.
    with status(message, quiet or is_network):
        fitted = fit_method(estimator, training, validation, resume_from=checkpoint)
    if is_network:
        best = fitted.best_epoch_
        about |= {"epochs": fitted.n_iter_, "best_epoch": best + 1}
        accuracy = fitted.history_["val_accuracy"][best]
        say(f"Best epoch: {best + 1} of {fitted.n_iter_}, validation accuracy {accuracy:.2%}")
    with status("Scoring ...", quiet):
        about["scores"] = score_validation(estimator, bunch)
    for split, scores in about["scores"].items():
        accuracies = [f"{k} {scores[k]['accuracy']:.2%}" for k in scores if scores[k] is not None]
        say(f"{split} accuracy: {', '.join(accuracies)}")
    return about
