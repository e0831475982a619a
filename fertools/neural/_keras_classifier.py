"""Base class of the neural classifiers: parameters, training, prediction, saving."""

from numbers import Integral, Real
from pathlib import Path

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.model_selection import train_test_split
from sklearn.utils import (
    assert_all_finite,
    check_random_state,
    column_or_1d,
    compute_class_weight,
)
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import (
    _check_sample_weight,
    check_consistent_length,
    check_is_fitted,
)
from tqdm.auto import tqdm

from ._checkpoint import Checkpoint, Progress, fingerprint
from ._seeding import seeded
from ._serialization import from_bytes, to_bytes
from ._training import (
    LOSSES,
    OPTIMIZERS,
    check_network,
    compile_network,
    import_keras,
    predict,
    train,
)
from .networks import make_network, recipe_of

_POSITIVE = Interval(Integral, 1, None, closed="left")


class KerasClassifier(ClassifierMixin, BaseEstimator):
    """Base class of the neural classifiers.

    Subclasses implement

    `_rows(X, reset)`
        Validate X and return an array of samples.
    `_input_shape()`
        Input shape of the network, without the batch axis.
    `_prepare(rows, seed)`
        Convert samples to that shape, augmented at random if a seed is given.
    """

    _parameter_constraints = {
        "network": [str, callable],
        "network_options": [dict, None],
        "optimizer": [StrOptions(set(OPTIMIZERS)), None],
        "learning_rate": [Interval(Real, 0, None, closed="neither"), None],
        "loss": [StrOptions(set(LOSSES))],
        "label_smoothing": [Interval(Real, 0, 1, closed="left")],
        "epochs": [_POSITIVE, None],
        "batch_size": [_POSITIVE, None],
        "class_weight": [StrOptions({"balanced"}), dict, None],
        "validation_fraction": [Interval(Real, 0, 1, closed="left")],
        "monitor": [StrOptions({"loss", "accuracy"})],
        "patience": [_POSITIVE, None],
        "drop_after": [_POSITIVE, None],
        "checkpoint": [str, Path, None],
        "mixed_precision": [StrOptions({"float16", "bfloat16"}), None],
        "steps_per_execution": [_POSITIVE],
        "callbacks": [list, None],
        "random_state": ["random_state"],
        "verbose": ["verbose"],
    }

    def fit(self, X, y, sample_weight=None, *, X_val=None, y_val=None, resume_from=None):
        """Train the network and keep the weights of the best epoch.

        Parameters
        ----------
        X : array-like
            Samples, in a shape that the class accepts.
        y : array-like of shape (n_samples,)
            Class labels, strings or integers.
        sample_weight : array-like of shape (n_samples,) or None, default=None
            Weights of the samples in the loss.
        X_val, y_val : array-like or None, default=None
            Validation data, which determine the best epoch. If None, `validation_fraction` of X.
        resume_from : path-like or None, default=None
            `checkpoint` folder of the training to resume. Data, labels, weights and training
            parameters must equal those of that training; only `epochs`, `patience`,
            `callbacks`, `verbose` and `random_state` may differ.

        Returns
        -------
        self : object

        Raises
        ------
        FileNotFoundError
            If `resume_from` has no checkpoint.
        ValueError
            If the checkpoint in `resume_from` is damaged or belongs to other data or parameters, if
            a `network` function does not return probabilities of the classes, or if the loss of all
            epochs is infinite or not a number.
        """
        self._validate_params()
        if self.loss == "hinge" and self.label_smoothing:
            raise ValueError(
                f"label_smoothing must be 0 with the hinge loss; got {self.label_smoothing}."
            )
        if (X_val is None) != (y_val is None):
            given, missing = ("X_val", "y_val") if y_val is None else ("y_val", "X_val")
            raise ValueError(f"{given} and {missing} must be given together; {missing} is None.")
        backend = import_keras().backend.backend()
        if self.steps_per_execution > 1 and backend != "jax":
            raise ValueError(
                f"steps_per_execution must be 1 with the {backend} backend; got "
                f"{self.steps_per_execution}. More than 1 needs the JAX backend."
            )
        rows = self._rows(X, reset=True)
        y = column_or_1d(y, warn=True)
        assert_all_finite(y, input_name="y")
        check_consistent_length(rows, y)
        check_classification_targets(y)
        self.classes_, target = np.unique(y, return_inverse=True)
        if len(self.classes_) < 2:
            raise ValueError(
                f"y must contain at least 2 classes; got 1 class, {self.classes_[0]!r}."
            )
        weights = self._weights(sample_weight, rows, target)
        recipe = recipe_of(self.network)
        seed = check_random_state(self.random_state).randint(2**31 - 1)
        if resume_from is not None:
            seed = Checkpoint(resume_from).read_progress().run["seed"]
        batch_size = self.batch_size or recipe.batch_size
        train_part, validation = self._split(rows, target, weights, X_val, y_val, seed)

        run = {
            "network": str(getattr(self.network, "__name__", self.network)),
            "classes": [str(name) for name in self.classes_],
            "rows": len(train_part[0]),
            "data": fingerprint(*train_part, *(validation or ())),
            "input_shape": list(self._input_shape()),
            "batch_size": batch_size,
            "learning": {
                "optimizer": self.optimizer or recipe.optimizer,
                "learning_rate": self.learning_rate or recipe.learning_rate,
                "loss": self.loss,
                "label_smoothing": self.label_smoothing,
                "monitor": self.monitor,
                "drop_after": self.drop_after,
                "mixed_precision": self.mixed_precision,
                "network_options": repr(self.network_options),
                "augmenter": repr(getattr(self, "augmenter", None)),
            },
        }
        checkpoint = None if self.checkpoint is None else Checkpoint(self.checkpoint)
        if resume_from is not None:
            model, best, progress = Checkpoint(resume_from).read(run)
        else:
            best, progress = None, Progress(run | {"seed": seed})
            model = self._build(recipe, seed, train_part[0][:2])
        callbacks = import_keras().callbacks.CallbackList(self.callbacks or [], model=model)
        epochs = self.epochs or recipe.epochs
        model.stop_training = False
        with tqdm(
            total=epochs, initial=progress.epochs, unit="epoch", disable=not self.verbose
        ) as bar:
            train(
                model,
                *train_part,
                validation,
                progress=progress,
                best=best,
                epochs=epochs,
                batch_size=batch_size,
                seed=seed,
                prepare=self._prepare,
                monitor=self.monitor,
                patience=self.patience,
                drop_after=self.drop_after,
                checkpoint=checkpoint,
                callbacks=callbacks,
                bar=bar,
                steps=self.steps_per_execution,
            )
        # Until here, other threads can predict with the network of an earlier fit.
        self.model_ = model
        self.history_ = progress.history
        self.best_epoch_ = progress.best_epoch
        self.n_iter_ = progress.epochs
        return self

    def predict_proba(self, X):
        """Return the probability of each class.

        Parameters
        ----------
        X : array-like
            Samples, in the shape accepted by fit.

        Returns
        -------
        ndarray of shape (n_samples, n_classes), float64
            Probabilities, in the order of `classes_`.
        """
        check_is_fitted(self, "model_")
        rows = self._rows(X, reset=False)
        size = self.batch_size or recipe_of(self.network).batch_size
        outputs = predict(self.model_, rows, size, self._prepare, self.steps_per_execution)
        probabilities = outputs.astype(np.float64)
        return probabilities / probabilities.sum(axis=1, keepdims=True)

    def predict(self, X):
        """Predict the most probable class.

        Parameters
        ----------
        X : array-like
            Samples, in the shape accepted by fit.

        Returns
        -------
        ndarray of shape (n_samples,)
            Predicted labels.
        """
        probabilities = self.predict_proba(X)
        return self.classes_[probabilities.argmax(axis=1)]

    def summary(self):
        """Return a description of the layers.

        Returns
        -------
        str
            Table of layers, shapes and parameter counts by Keras.
        """
        check_is_fitted(self, "model_")
        lines = []
        self.model_.summary(print_fn=lambda line, **_: lines.append(line))
        return "\n".join(lines)

    def _build(self, recipe, seed, rows):
        """Return a compiled network; one by a function of the user is checked on a few samples."""
        keras = import_keras()
        policy = keras.config.dtype_policy()
        if self.mixed_precision:
            keras.config.set_dtype_policy(f"mixed_{self.mixed_precision}")
        try:
            with seeded(seed):
                model = make_network(
                    self.network,
                    self._input_shape(),
                    len(self.classes_),
                    **(self.network_options or {}),
                )
        finally:
            keras.config.set_dtype_policy(policy)
        if callable(self.network):
            check_network(model, self._prepare(rows, None), len(self.classes_))
        compile_network(
            model,
            self.optimizer or recipe.optimizer,
            self.learning_rate or recipe.learning_rate,
            self.loss,
            self.label_smoothing,
        )
        return model

    def _weights(self, sample_weight, rows, target):
        """Multiply sample weights by class weights; return None without either."""
        if sample_weight is None and self.class_weight is None:
            return None
        weights = _check_sample_weight(sample_weight, rows, dtype=np.float32)
        if self.class_weight is not None:
            of_class = compute_class_weight(
                self.class_weight, classes=self.classes_, y=self.classes_[target]
            )
            weights = weights * of_class[target].astype(np.float32)
        return weights

    def _split(self, rows, target, weights, X_val, y_val, seed):
        """Return (X, Y, weights) for training and for validation, or None."""
        one_hot = np.eye(len(self.classes_), dtype=np.float32)
        Y = one_hot[target]
        if X_val is not None:
            held_rows = self._rows(X_val, reset=False)
            held = column_or_1d(y_val)
            check_consistent_length(held_rows, held)
            unknown = sorted(set(held.tolist()) - set(self.classes_.tolist()), key=str)
            if unknown:
                raise ValueError(
                    f"y_val must contain classes of y, {self.classes_.tolist()}; got {unknown}."
                )
            held = one_hot[np.searchsorted(self.classes_, held)]
            return (rows, Y, weights), (held_rows, held, None)
        if not self.validation_fraction:
            return (rows, Y, weights), None
        counts = np.bincount(target)
        n_held = round(self.validation_fraction * len(rows))
        stratify = target if counts.min() > 1 and n_held >= len(counts) else None
        train_rows, held = train_test_split(
            np.arange(len(rows)),
            test_size=self.validation_fraction,
            stratify=stratify,
            random_state=seed,
        )
        return tuple(
            (rows[part], Y[part], None if weights is None else weights[part])
            for part in (train_rows, held)
        )

    def __getstate__(self):
        state = super().__getstate__()
        if "model_" in state:
            state = state | {"model_": to_bytes(state["model_"])}
        if isinstance(state.get("checkpoint"), Path):
            # Model files do not store Path objects.
            state = state | {"checkpoint": str(state["checkpoint"])}
        return state

    def __setstate__(self, state):
        if "model_" in state:
            state = state | {"model_": from_bytes(state["model_"])}
        super().__setstate__(state)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.non_deterministic = True
        return tags
