"""Server process of peers.py, which runs and times calls.

It depends only on NumPy, because fertools is not installed in the peer's environment. It first
writes a line of JSON with the versions of its packages. It then reads lines ``[name, file, runs]``,
and answers each with a line that contains the mean seconds of `runs` calls, and their result.
"""

import json
import sys
import time
from functools import cache
from importlib.metadata import version

import numpy as np


def serve(packages, calls):
    """Serve calls until the pipe is closed.

    Parameters
    ----------
    packages : sequence of str
        Distributions whose versions are reported.
    calls : dict of str to callable
        Functions of the array that is read from a file.
    """
    load = cache(np.load)
    _write({"versions": {name: version(name) for name in packages}})
    for line in sys.stdin:
        name, file, runs = json.loads(line)
        call, array = calls[name], load(file)
        start = time.perf_counter()
        for _ in range(runs):
            answer = call(array)
        _write({"seconds": (time.perf_counter() - start) / runs, "answer": answer})


def _write(message):
    print(json.dumps(message), flush=True)
