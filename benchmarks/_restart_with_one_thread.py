"""Start the script again with one thread a library. Import this before anything loads NumPy."""

import os
import sys
from pathlib import Path

# BLAS reads the first two when it is loaded; where the server of fresh processes looks for modules
# is the third.
ENVIRONMENT = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "PYTHONPATH": str(Path(__file__).parent),
}

if not os.environ.items() >= ENVIRONMENT.items():
    os.execve(sys.executable, sys.orig_argv, os.environ | ENVIRONMENT)
