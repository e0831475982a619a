"""Test images that most methods misclassify, and images on which methods disagree."""

import numpy as np
import pandas as pd
from scipy.stats import entropy

from .._utils.text import encodable
from ._comparison_result import finished


def predictions_per_method(comparison):
    """Return the predicted labels of all finished methods: shape (n_tested, n_methods), str."""
    return np.column_stack([result.predicted for result in finished(comparison).values()])


def disagreement(comparison):
    """Return the agreement of the finished methods on each tested sample.

    Parameters
    ----------
    comparison : Comparison

    Returns
    -------
    DataFrame
        One row per tested sample, in the order of the results:

        - row : index of the sample in the test data
        - truth : true label
        - right : share of the methods with a correct prediction
        - probability : mean predicted probability of the true label; NaN if no method has
          probabilities
        - bits : entropy of the predicted labels over the methods; 0 if they all agree
    """
    results, votes = list(finished(comparison).values()), predictions_per_method(comparison)
    truth = results[0].truth
    counts = np.stack([(votes == name).sum(axis=1) for name in np.unique(votes)])
    probabilities = [_true_probability(r) for r in results if r.probabilities is not None]
    return pd.DataFrame(
        {
            "row": results[0].row,
            "truth": [encodable(label) for label in truth.tolist()],
            "right": (votes == truth[:, None]).mean(axis=1),
            "probability": np.mean(probabilities, axis=0) if probabilities else np.nan,
            "bits": entropy(counts, base=2),
        }
    )


def _true_probability(result):
    """Return the predicted probability of the true label of each sample."""
    is_true = np.array(result.classes) == result.truth[:, None]
    return np.where(is_true, result.probabilities, 0).sum(axis=1)


def hardest(judged):
    """Sort a table of `disagreement` by the share of correct methods, the smallest first."""
    return _first_test_per_sample(judged.sort_values(["right", "probability"], kind="stable"))


def most_disputed(judged):
    """Sort a table of `disagreement` by the entropy of the predictions, the largest first."""
    return _first_test_per_sample(
        judged.sort_values(["bits", "probability"], ascending=[False, True], kind="stable")
    )


def _first_test_per_sample(judged):
    # Repeated folds test a sample more than once.
    return judged.drop_duplicates("row")
