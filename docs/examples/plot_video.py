"""
Expressions over time
=====================

This example moves a window over a photo, as a camera would, follows the face through the frames,
and draws its expression over time.

Files, streams and cameras are analyzed in the same way; see :func:`~fertools.video.analyze`.
"""

import matplotlib.pyplot as plt
import numpy as np
from skimage.data import astronaut

from fertools.annotation import annotate
from fertools.plotting import ExpressionTimelineDisplay
from fertools.recognizer import ExpressionRecognizer
from fertools.video import analyze

# %%
# The face leaves the window on the left, and comes back.

photo = astronaut()[:300]
starts = 60 + 170 * (1 - np.cos(np.linspace(0, 2 * np.pi, 60))) / 2
frames = [photo[:, round(start) : round(start) + 280] for start in starts]
noise = np.random.default_rng(0)
frames = [
    (frame + noise.normal(0, 12, frame.shape)).clip(0, 255).astype(np.uint8)
    for frame in frames
]

# %%
# Each face has one record per frame, and a frame without a face has one, too.

recognizer = ExpressionRecognizer("fast")
records = list(analyze(frames, recognizer, fps=15))
print(records[0], records[30], sep="\n")

# %%
# One of the frames with its face:

figure, axis = plt.subplots(figsize=(6, 4))
axis.imshow(annotate(frames[5], recognizer.recognize(frames[5])))
axis.set_axis_off()

# %%
# The timeline shows the smoothed probabilities, and the expression in the strip below.

# sphinx_gallery_thumbnail_number = 2
display = ExpressionTimelineDisplay.from_records(records)
