"""
Expressions over time
=====================

This example follows two faces through the frames of a video, and draws their expressions over time.

Files, streams and cameras are analyzed in the same way; see :func:`~fertools.video.analyze`.
"""

import matplotlib.pyplot as plt
import numpy as np
from skimage.data import astronaut

from fertools.annotation import annotate
from fertools.datasets import make_faces
from fertools.plotting import ExpressionTimelineDisplay
from fertools.recognizer import ExpressionRecognizer
from fertools.video import analyze

# %%
# The frames: on the left, a window moves over a photo, as a camera would, so that the face leaves
# and comes back. On the right, the expression of a drawn face changes from sad to surprise.

steps = np.arange(60)
starts = 90 + 150 * (1 - np.cos(2 * np.pi * steps / 60)) / 2
photo = astronaut()[:240]
sad, surprise = (
    make_faces(1, size=160, classes=[name], noise=2, random_state=2).images[0]
    for name in ("sad", "surprise")
)
rng = np.random.default_rng(0)
frames = []
for start, share in zip(starts, np.clip(steps / 10 - 2, 0, 1), strict=True):
    drawn = np.pad((1 - share) * sad + share * surprise, 40, mode="edge")
    left = photo[:, round(start) : round(start) + 240]
    frame = np.hstack([left, np.repeat(drawn[..., None], 3, axis=2)])
    frame = frame + rng.normal(0, 6, frame.shape)
    frames.append(frame.clip(0, 255).astype(np.uint8))

# %%
# Each face has one record per frame, and a frame without a face has one, too.

recognizer = ExpressionRecognizer("fast")
records = list(analyze(frames, recognizer, fps=15))
print(records[0], records[1], records[-1], sep="\n")

# %%
# Three of the frames with their faces:

figure, axes = plt.subplots(3, 1, figsize=(6, 9), layout="constrained")
for axis, number in zip(axes, (0, 25, 55), strict=True):
    faces = recognizer.recognize(frames[number])
    axis.imshow(annotate(frames[number], faces, bars=False))
    axis.set_axis_off()

# %%
# The timeline shows the smoothed probabilities of each face, and the expression in the strip below.
# A face that is away for more than ``max_gap`` frames, 25 by default, gets a new number.

# sphinx_gallery_thumbnail_number = 2
display = ExpressionTimelineDisplay.from_records(records)
