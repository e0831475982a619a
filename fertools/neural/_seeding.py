"""Seeds of the layers of a network."""

import random
from contextlib import contextmanager
from threading import RLock

# Keras draws seeds from Python's generator, which all threads share. A network function of the user
# may load another network, so the lock is reentrant.
_SEEDED = RLock()


@contextmanager
def seeded(seed):
    """Seed Keras with `seed` and restore the state of Python's generator afterwards.

    Layers are built, loaded and copied in this context only, so that a thread that does so does not
    draw from the seeds of another thread.
    """
    with _SEEDED:
        state = random.getstate()
        random.seed(seed)
        try:
            yield
        finally:
            random.setstate(state)
