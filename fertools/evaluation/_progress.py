"""Progress of a running comparison."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from time import perf_counter


@dataclass(frozen=True)
class ComparisonProgress:
    """Progress of a running comparison, passed to the `progress` callback of `compare`.

    Attributes
    ----------
    method : str
        Name of the current method.
    status : {"fitting", "measuring", "scoring", "ok", "failed", "reused"}
        Current step, or outcome of the method: "reused" means that the results folder already
        held its result.
    fold : int
        Number of finished folds of the method.
    n_folds : int
        Number of folds of the protocol.
    done : int
        Number of finished methods.
    total : int
        Number of methods.
    seconds : float
        Time since the method was started.

    Examples
    --------
    >>> from fertools.evaluation import ComparisonProgress
    >>> progress = ComparisonProgress("svm", "fitting", 2, 10, 0, 3, 41.5)
    >>> progress.finished
    False
    """

    method: str
    status: str
    fold: int
    n_folds: int
    done: int
    total: int
    seconds: float

    @property
    def finished(self) -> bool:
        """Whether the method is finished."""
        return self.status in ("ok", "failed", "reused")


class ProgressReporter:
    """Call a callback with the updated progress of a comparison.

    Parameters
    ----------
    callback : callable or None
        Function of one `ComparisonProgress`.
    n_methods, n_folds : int
    """

    def __init__(self, callback: Callable | None, n_methods: int, n_folds: int):
        self._callback = callback
        self._state = ComparisonProgress("", "fitting", 0, n_folds, 0, n_methods, 0.0)
        self._start = perf_counter()

    def start(self, method):
        """Start the clock of a method."""
        self._start = perf_counter()
        self._state = replace(self._state, method=method, fold=0)

    def report(self, status, fold=None):
        """Report the current step of the method, or its outcome."""
        fold = self._state.fold if fold is None else fold
        state = replace(self._state, status=status, fold=fold)
        state = replace(
            state, done=state.done + state.finished, seconds=perf_counter() - self._start
        )
        self._state = state
        if self._callback is not None:
            self._callback(state)
