"""
From a photo to an expression
=============================

This example detects the face in a photo and recognizes its expression with the shipped model
"fast".
"""

from skimage.data import astronaut

from fertools.recognizer import ExpressionRecognizer

recognizer = ExpressionRecognizer("fast")
recognizer.recognize(astronaut())

# %%
# The result is a list of faces. Notebooks show it as a picture and a table, as above. It can be
# drawn with matplotlib:

faces = recognizer.recognize(astronaut())
axes = faces.plot()

# %%
# Each face has a box and the probability of each class:

axes = faces[0].plot()

# %%
# The same as a table:

faces.to_frame()
