"""Checks of fitted arrays that compiled code of scikit-learn, SciPy and NumPy relies on."""

import reprlib
from numbers import Integral

import numpy as np

_NOTHING = object()


def need(condition, rule, got=_NOTHING):
    """Raise ValueError with the rule and the value that violates it, unless `condition` holds."""
    if not condition:
        # The rule may end with a period; long arrays are abbreviated.
        value = "" if got is _NOTHING else f"; got {reprlib.repr(got)}"
        raise ValueError(f"{rule.rstrip('.')}{value}.")


def is_count(value, least=0):
    """Return whether a value is an int of at least `least` and not a boolean."""
    return isinstance(value, Integral) and not isinstance(value, bool) and value >= least


def check_tree(tree):
    """Check that the nodes of a decision tree form a tree within its arrays."""
    n = tree.node_count
    need(n >= 1, "a tree must have at least one node.")
    need(
        tree.n_features >= 1 and tree.n_outputs >= 1 and (tree.n_classes >= 1).all(),
        "a tree must have features, outputs and classes.",
    )
    left, right = tree.children_left, tree.children_right
    inner = np.flatnonzero(left != -1)
    children = np.concatenate([left[inner], right[inner]])
    # Increasing indices exclude cycles; a node has one parent only.
    need(
        (left[inner] > inner).all()
        and (right[inner] > inner).all()
        and np.array_equal(np.sort(children), np.arange(1, n)),
        "each node of a tree except the root must be the child of one earlier node.",
    )
    features = tree.feature[inner]
    need(
        ((features >= 0) & (features < tree.n_features)).all(),
        f"a node of a tree must use a feature in 0..{tree.n_features - 1}.",
    )
    depth, level = 0, np.array([0])
    while len(level := level[left[level] != -1]):
        level, depth = np.concatenate([left[level], right[level]]), depth + 1
    need(depth <= tree.max_depth <= n, f"max_depth must be {depth}", tree.max_depth)


def check_decision_tree(estimator):
    """Check that a decision tree estimator and its tree have the same features and classes."""
    if "tree_" not in vars(estimator):
        return
    from sklearn.tree._tree import Tree

    tree = estimator.tree_
    need(isinstance(tree, Tree), f"tree_ must be a Tree; got a {type(tree).__name__}.")
    need(
        tree.n_features == estimator.n_features_in_,
        f"tree_ must have n_features_in_ = {estimator.n_features_in_} features; "
        f"got {tree.n_features}.",
    )
    if hasattr(estimator, "n_classes_"):
        classes = np.atleast_1d(estimator.n_classes_)
        need(
            np.array_equal(classes, tree.n_classes) and tree.n_outputs == estimator.n_outputs_,
            f"tree_ must have {classes.tolist()} classes",
            tree.n_classes.tolist(),
        )


def check_ensemble(estimator):
    """Check that the trees of an ensemble have its features and classes."""
    from sklearn.ensemble._forest import BaseForest
    from sklearn.ensemble._gb import BaseGradientBoosting
    from sklearn.tree import BaseDecisionTree, DecisionTreeRegressor
    from sklearn.tree._tree import Tree

    if "estimators_" not in vars(estimator):
        return
    members = estimator.estimators_
    members = members.ravel().tolist() if isinstance(members, np.ndarray) else list(members)
    need(members, "estimators_ must not be empty.")
    boosted, forest = isinstance(estimator, BaseGradientBoosting), isinstance(estimator, BaseForest)
    if boosted:
        columns = estimator.n_trees_per_iteration_
        need(
            isinstance(estimator.estimators_, np.ndarray)
            and estimator.estimators_.shape[1:] == (columns,)
            and all(isinstance(member, DecisionTreeRegressor) for member in members),
            f"estimators_ must be an array of regression trees with {columns} columns.",
        )
    if forest:
        need(
            all(isinstance(member, BaseDecisionTree) for member in members),
            "estimators_ must contain decision trees only.",
        )
    subsets = getattr(estimator, "estimators_features_", None)
    if subsets is None:
        subsets = [np.arange(estimator.n_features_in_)] * len(members)
    need(len(subsets) == len(members), "estimators_features_ must have a subset per estimator.")
    for member, subset in zip(members, subsets, strict=True):
        if not isinstance(member, BaseDecisionTree):
            continue
        subset = np.asarray(subset)
        need(
            isinstance(getattr(member, "tree_", None), Tree)
            and member.tree_.n_features == len(subset) <= estimator.n_features_in_
            and subset.min() >= 0
            and subset.max() < estimator.n_features_in_,
            f"trees must have n_features_in_ = {estimator.n_features_in_} features.",
        )
        if boosted:
            need(
                member.tree_.n_outputs == 1 and member.tree_.max_n_classes == 1,
                "trees of gradient boosting must have one output.",
            )
        elif forest and hasattr(estimator, "n_classes_"):
            need(
                np.array_equal(estimator.n_classes_, member.n_classes_),
                f"trees must have {estimator.n_classes_} classes",
                member.n_classes_,
            )


def check_libsvm(svm):
    """Check the arrays of SVC, NuSVC, SVR, NuSVR and OneClassSVM, which LIBSVM does not check."""
    if "support_" not in vars(svm):
        return
    kind = type(svm)
    need("_impl" not in vars(svm), "_impl must not be stored.")
    need(isinstance(svm.kernel, str), "kernel must be a string.")
    n, n_support = len(svm.support_), svm._n_support
    is_classifier = hasattr(svm, "classes_")
    n_classes = len(svm.classes_) if is_classifier else 2
    n_pairs = n_classes * (n_classes - 1) // 2
    need(svm.support_.ndim == 1 and n_support.shape == (n_classes,), "support_ is malformed.")
    # In regression and outlier detection, both entries are the number of all support vectors.
    counted = n_support.sum() if is_classifier else n_support[0]
    need(
        (n_support >= 0).all() and counted == n,
        f"_n_support must count {n} support vectors",
        n_support.tolist(),
    )
    n_samples = svm.shape_fit_[0]
    need(
        is_count(n_samples)
        and n >= 1
        and svm.support_.min() >= 0
        and svm.support_.max() < n_samples,
        "support_ must be indices of samples.",
    )
    vectors = svm.support_vectors_
    # Sparse matrices are already refused, as `save` does not write them.
    need(svm._sparse is False, "_sparse must be False.")
    expected = (n, svm.n_features_in_)
    if svm.kernel == "precomputed":
        need(svm.n_features_in_ == n_samples, "the kernel must have a column per sample.")
        expected = vectors.shape if vectors.shape[0] in (0, n) else None
    need(vectors.shape == expected, f"support_vectors_ must be of shape {expected}.")
    coefs = svm._dual_coef_
    need(coefs.shape == (n_classes - 1, n), f"dual_coef_ must be of shape {(n_classes - 1, n)}.")
    need(svm._intercept_.shape == (n_pairs,), f"intercept_ must have {n_pairs} values.")
    for name in ("_probA", "_probB"):
        size = getattr(svm, name).shape
        need(size in ((0,), (n_pairs,)), f"{name} must have 0 or {n_pairs} values.")
    need(svm._probA.shape == svm._probB.shape, "_probA and _probB must have one shape.")
    need(
        kind._impl in ("c_svc", "nu_svc") or n_classes == 2,
        f"a {kind.__name__} must not have classes.",
    )


def check_neighbors(estimator):
    """Check the training samples and targets of a nearest neighbors estimator."""
    if "_fit_X" not in vars(estimator):
        return
    samples = estimator._fit_X
    need(
        samples.ndim == 2 and samples.shape == (estimator.n_samples_fit_, estimator.n_features_in_),
        "_fit_X must be of shape (n_samples_fit_, n_features_in_).",
    )
    if "_y" not in vars(estimator):
        return
    targets = estimator._y
    need(len(targets) == samples.shape[0], "_y must have a value per sample.")
    if hasattr(estimator, "classes_"):
        classes = estimator.classes_
        tables = classes if isinstance(classes, list) else [classes]
        columns = targets.reshape(len(targets), -1)
        need(columns.shape[1] == len(tables), "_y must have a column per output.")
        need(
            columns.dtype.kind in "iu"
            and all(
                column.min() >= 0 and column.max() < len(table)
                for column, table in zip(columns.T, tables, strict=True)
            ),
            "_y must be indices of classes_.",
        )


def check_random_state(generator):
    """Check the position of a random number generator in its table of states."""
    if hasattr(generator, "bit_generator"):
        state = generator.bit_generator.state
    else:
        state = generator.get_state(legacy=False)
    for name, last in (("pos", 624), ("buffer_pos", 4)):
        position = state.get(name, state["state"].get(name, 0))
        need(0 <= position <= last, f"{name} of a generator must be in 0..{last}", position)


def check_quantized(matrix):
    """Check the integers and steps of a QuantizedMatrix."""
    codes, steps = matrix.codes, matrix.steps
    need(
        isinstance(codes, np.ndarray) and codes.dtype.kind == "i" and codes.ndim == 2,
        "codes must be a matrix of integers.",
    )
    need(
        isinstance(steps, np.ndarray)
        and steps.dtype.kind == "f"
        and steps.shape in ((1, 1), (len(codes), 1)),
        "steps must be one float, or one per row of codes.",
    )
    first, stop = matrix.columns
    need(
        is_count(first) and is_count(stop) and first <= stop <= codes.shape[1],
        f"columns must be a range in 0..{codes.shape[1]}",
        matrix.columns,
    )


# Checks of instances by the name of a class; subclasses are included.
CHECKS = {
    "QuantizedMatrix": check_quantized,
    "Tree": check_tree,
    "BaseDecisionTree": check_decision_tree,
    "BaseEnsemble": check_ensemble,
    "BaseLibSVM": check_libsvm,
    "NeighborsBase": check_neighbors,
    "RandomState": check_random_state,
    "Generator": check_random_state,
}
