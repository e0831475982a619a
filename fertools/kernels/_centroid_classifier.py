"""A kernel classifier that keeps cluster centers in place of training rows."""

from numbers import Integral, Real

from sklearn.linear_model import LogisticRegression
from sklearn.utils._param_validation import Interval
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import validate_data

from ._centroid_nystroem import CentroidNystroem
from ._kernel_machine import KernelMachine


class CentroidKernelClassifier(KernelMachine):
    r"""Kernel logistic regression on the centers of clusters.

    The rows are mapped by :class:`CentroidNystroem` and separated by multinomial logistic
    regression. Both are linear in the kernel values, so they are folded into one matrix:

    .. math:: p(x) = \operatorname{softmax}\Bigl(\sum_j K(x, c_j)\, w_j + b\Bigr)

    where the :math:`c_j` are cluster centers. It is far smaller and faster than a support vector
    machine on the same rows, holds no row of its training data, and is less accurate.

    Parameters
    ----------
    n_components : int, default=1000
        Clusters.
    kernel : str or MultiKernel, default="rbf"
        As in `CentroidNystroem`.
    gamma : {"scale", "auto"} or float, default="scale"
        As in `GramSVC`.
    C : float, default=1.0
        Inverse strength of the regularization of the logistic regression.
    min_members : int, default=5
        A cluster with fewer training rows is dropped.
    max_iter : int, default=300
        Iterations of the logistic regression.
    random_state : int, RandomState instance or None, default=None
        Seed of k-means.
    n_jobs : int or None, default=None
        Threads over chunks of rows.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The labels.
    kernel_ : object
        The fitted kernel, with `matrix`.
    components_ : ndarray of shape (n_centers, n_features), float32 or float64
        The centers.
    n_members_ : ndarray of shape (n_centers,)
        Training rows in each cluster.
    coef_ : ndarray of shape (n_classes, n_centers), of one row for two classes
        The coefficients of the kernel values with the centers.
    intercept_ : ndarray of shape (n_classes,), of one value for two classes
        What is added.
    n_iter_ : ndarray of int
        Iterations of the logistic regression.
    n_features_in_ : int
        Number of features seen in fit.
    feature_names_in_ : ndarray of str
        Only where X was a DataFrame.

    See Also
    --------
    GramSVC : The exact machine.
    ReducedSetRidgeClassifier, ReducedSetSVC : Larger, and nearer to the exact machines.

    Examples
    --------
    >>> from fertools.datasets import make_faces
    >>> from fertools.kernels import CentroidKernelClassifier
    >>> faces = make_faces(140, random_state=0)
    >>> X = faces.images.reshape(140, -1) / 255
    >>> machine = CentroidKernelClassifier(15, random_state=0).fit(X, faces.labels)
    >>> machine.predict_proba(X).shape
    (140, 7)
    """

    _parameter_constraints = {
        **{
            name: CentroidNystroem._parameter_constraints[name]
            for name in ("n_components", "kernel", "gamma", "min_members", "random_state", "n_jobs")
        },
        "C": [Interval(Real, 0, None, closed="neither")],
        "max_iter": [Interval(Integral, 1, None, closed="left")],
    }

    def __init__(
        self,
        n_components=1000,
        *,
        kernel="rbf",
        gamma="scale",
        C=1.0,
        min_members=5,
        max_iter=300,
        random_state=None,
        n_jobs=None,
    ):
        self.n_components = n_components
        self.kernel = kernel
        self.gamma = gamma
        self.C = C
        self.min_members = min_members
        self.max_iter = max_iter
        self.random_state = random_state
        self.n_jobs = n_jobs

    def fit(self, X, y):
        """Find the centers, then the coefficients.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Rows; float32 is used as it is.
        y : array-like of shape (n_samples,)
            Labels.

        Returns
        -------
        self : object
        """
        self._validate_params()
        X, y = validate_data(self, X, y, dtype=["float64", "float32"], order="C")
        check_classification_targets(y)
        nystroem = CentroidNystroem(
            self.n_components,
            kernel=self.kernel,
            gamma=self.gamma,
            min_members=self.min_members,
            random_state=self.random_state,
            n_jobs=self.n_jobs,
        ).fit(X)
        linear = LogisticRegression(C=self.C, max_iter=self.max_iter)
        linear.fit(nystroem.transform(X), y)
        self.coef_ = linear.coef_ @ nystroem.normalization_.T
        self.intercept_ = linear.intercept_
        self.classes_, self.n_iter_ = linear.classes_, linear.n_iter_
        self.n_members_ = nystroem.n_members_
        self._keep(nystroem.kernel_, nystroem.components_)
        return self
