"""Restart the script with one thread per library; to be imported before NumPy."""

import os
import sys
from pathlib import Path

# BLAS reads the first two when it is loaded. The third is the module path of the fork server.
ENVIRONMENT = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "PYTHONPATH": str(Path(__file__).parent),
}

if not os.environ.items() >= ENVIRONMENT.items():
    os.execve(sys.executable, sys.orig_argv, os.environ | ENVIRONMENT)
