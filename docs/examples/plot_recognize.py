"""
Recognition of the expression in a photo
========================================

This example detects the face in a photo and recognizes its expression with the shipped model
"fast".
"""

from skimage.data import astronaut

from fertools.recognizer import ExpressionRecognizer

recognizer = ExpressionRecognizer("fast")
faces = recognizer.recognize(astronaut())
faces

# %%
# The result is a list of faces. It is shown as a picture and a table, and can be drawn with
# matplotlib:

axes = faces.plot()

# %%
# Each face has a box and the probability of each class:

axes = faces[0].plot()

# %%
# The same as a table:

faces.to_frame()
