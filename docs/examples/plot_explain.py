"""
Reasons for a decision
======================

This example shows which parts of a face the shipped model "fast" has used for its decision. The
contributions of the regions sum to the decision value; see the guide.
"""

from skimage.data import astronaut

from fertools.detection import FaceLocalizer
from fertools.inspection import explain
from fertools.persistence import load_pretrained
from fertools.plotting import ExplanationDisplay

model = load_pretrained("fast")
[face] = FaceLocalizer().fit_transform([astronaut()])
explanation = explain(model, face, "happy")
display = explanation.plot()

# %%
# The mouth supports "happy". The same contributions as a grid of regions, from the forehead to the
# chin:

explanation.by_region((4, 4)).round(2)

# %%
# The other expressions. Their decision values are negative; the smile lowers most of them.
# Each heat map has its own scale; pass ``share_scale=True`` to compare them.

explanations = [explain(model, face, name) for name in model.classes_]
display = ExplanationDisplay(explanations).plot(n_columns=4)

# %%
# Two expressions can be compared, and other classifiers are explained by covering parts of the
# face. Here both methods explain the same decision.

pair = [
    explain(model, face, "happy", against="neutral", method=method)
    for method in ("contributions", "occlusion")
]
display = ExplanationDisplay(pair).plot()
