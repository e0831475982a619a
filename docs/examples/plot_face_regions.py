"""
Where the chosen features look
==============================

Every feature knows its box on the face, so a selection can be drawn as a map.
"""

import matplotlib.pyplot as plt
import numpy as np

from fertools.datasets import make_faces
from fertools.features import LocalBinaryPatterns
from fertools.selection import FeatureSubsetSelector

faces = make_faces(420, random_state=0)
lbp = LocalBinaryPatterns(radii=(1, 2), grid=(8, 8))
rows = lbp.fit_transform(faces.images)
selector = FeatureSubsetSelector("mrmr", n_features_to_select=200).fit(rows, faces.labels)

# %%
# Count the chosen features in each cell of the grid.

cells = np.zeros((8, 8))
for group in lbp.groups_[selector.get_support()]:
    cells[round(float(group["y0"]) * 8), round(float(group["x0"]) * 8)] += 1

figure, (left, right) = plt.subplots(1, 2, figsize=(8, 4))
left.imshow(faces.images.mean(axis=0), cmap="gray")
left.set(title="the mean face", xticks=[], yticks=[])
picture = right.imshow(cells, cmap="viridis")
right.set(title="features chosen in each cell", xticks=[], yticks=[])
figure.colorbar(picture, ax=right)
