"""
Comparison of methods with intervals and costs
==============================================

This example compares four pipelines on the same folds: accuracy with confidence
intervals, significance of the differences, time, and the faces that all methods find hard.
"""

from sklearn.linear_model import LogisticRegression

from fertools.datasets import make_faces
from fertools.evaluation import compare
from fertools.pipeline import make_fer_pipeline
from fertools.plotting import AccuracyCostDisplay, DisagreementDisplay

faces = make_faces(280, random_state=0)
methods = {
    "LBP + HOG, SVM": make_fer_pipeline(
        ("lbp", "hog"), selector="anova", n_features=600
    ),
    "LBP, SVM": make_fer_pipeline("lbp", selector="anova", n_features=300),
    "DCT, logistic": make_fer_pipeline(
        "dct",
        selector=None,
        classifier=LogisticRegression(C=0.01, max_iter=500),
    ),
    "Zernike, neighbors": make_fer_pipeline(
        "zernike", selector="anova", n_features=300, classifier="knn"
    ),
}
comparison = compare(methods, faces)
figures = ["accuracy", "accuracy_low", "accuracy_high", "macro_f1", "ms_batch"]
comparison.table()[figures].round(2)

# %%
# The accuracy over the time per face. Methods on the line are not beaten in both.

display = AccuracyCostDisplay.from_comparison(comparison)

# %%
# McNemar's test on the faces that only one of two methods classifies correctly, corrected for the
# number of pairs:

comparison.pairs()[
    ["first", "second", "only_first", "only_second", "p_holm"]
].round(4)

# %%
# The faces that the fewest methods classify correctly:

display = DisagreementDisplay.from_comparison(
    comparison, faces, order="hardest", n=14
)

# %%
# :func:`~fertools.reports.write_comparison_report` writes all of this to a page, and ``fertools
# benchmark`` does the same from the command line.
