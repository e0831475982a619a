"""Which images most methods fail on, and which ones they disagree on."""

import numpy as np
import pandas as pd
from scipy.stats import entropy


def finished(comparison):
    """Return the cases that did not fail, by the names of their methods."""
    return {name: case for name, case in comparison.cases.items() if case.status == "ok"}


def all_votes(comparison):
    """Return what each method predicted for each tested image: shape (n, n_methods), str."""
    return np.column_stack([case.predicted for case in finished(comparison).values()])


def disagreement(comparison):
    """Return how the methods judged each tested image.

    Parameters
    ----------
    comparison : Comparison
        As `fertools.evaluation.compare` returns it.

    Returns
    -------
    DataFrame
        A row for each test, in the order of the cases:

        - row : of the test data
        - truth : the label
        - right : share of the methods that are right
        - probability : what they give to the label on average; NaN where none has probabilities
        - bits : entropy of what the methods predicted; 0 where they agree
    """
    cases, votes = list(finished(comparison).values()), all_votes(comparison)
    truth = cases[0].truth
    counts = np.stack([(votes == name).sum(axis=1) for name in np.unique(votes)])
    given = [_given_to_truth(case) for case in cases if case.probabilities is not None]
    return pd.DataFrame(
        {
            "row": cases[0].row,
            "truth": truth,
            "right": (votes == truth[:, None]).mean(axis=1),
            "probability": np.mean(given, axis=0) if given else np.nan,
            "bits": entropy(counts, base=2),
        }
    )


def _given_to_truth(case):
    """Return the probability that a case gives to the label of each image."""
    return np.where(np.array(case.classes) == case.truth[:, None], case.probabilities, 0).sum(
        axis=1
    )


def hardest(judged):
    """Sort what `disagreement` returned: first what the fewest methods are right on."""
    return _first_of_each_row(judged.sort_values(["right", "probability"], kind="stable"))


def most_disputed(judged):
    """Sort what `disagreement` returned: first what the methods disagree on the most."""
    return _first_of_each_row(
        judged.sort_values(["bits", "probability"], ascending=[False, True], kind="stable")
    )


def _first_of_each_row(judged):
    # Repeated folds test an image more than once.
    return judged.drop_duplicates("row")
