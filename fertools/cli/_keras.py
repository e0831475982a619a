"""Start Keras with settings for a terminal."""

import logging
import os
from contextlib import contextmanager

from .._utils.optional import import_optional
from ._terminal import status

# oneDNN's convolutions take half the time; TensorFlow chooses them itself on newer processors only.
_ENVIRONMENT = {"TF_ENABLE_ONEDNN_OPTS": "1", "TF_CPP_MIN_LOG_LEVEL": "3"}


@contextmanager
def _no_stderr():
    """Discard standard error, including that of C++ libraries."""
    kept = os.dup(2)
    try:
        with open(os.devnull, "wb") as nowhere:
            os.dup2(nowhere.fileno(), 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


def start_keras(quiet):
    """Import Keras; environment variables that are already set stay.

    Raises
    ------
    ImportError
        If Keras or its backend is not installed; the message names the extra to install.
    """
    for name, value in _ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    # TensorFlow writes some lines while it is imported, before it reads its log level.
    with status("Starting Keras ...", quiet), _no_stderr():
        import_optional("keras", "neural")
    # TensorFlow warns if one process builds many networks, as folds do.
    logging.getLogger("tensorflow").setLevel(logging.ERROR)
