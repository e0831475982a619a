"""Server process of peers.py, which answers calls and times them.

It needs NumPy alone, as the peer's environment has nothing of ours. When it is ready it writes a
line of JSON with the versions of its packages; then each line ``[name, file, runs]`` that it reads
is answered with one: the seconds of a call, the mean over `runs` of them, and what it returned.
"""

import json
import sys
import time
from functools import cache
from importlib.metadata import version

import numpy as np


def serve(packages, calls):
    """Answer until the other side closes the pipe.

    Parameters
    ----------
    packages : sequence of str
        Distributions whose versions are reported.
    calls : dict of str to callable
        Functions to call with the array of a file.
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
