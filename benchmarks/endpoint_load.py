"""Many clients at once: requests per second, delays, errors and memory of the endpoint.

The endpoint runs in a process of its own on 127.0.0.1, and each client sends the next photo when
it has received the answer to the last one.
"""

import argparse
import asyncio
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import contextmanager
from io import BytesIO

import httpx
import numpy as np
import psutil
from _common import RESULTS, write_result
from PIL import Image
from skimage.data import astronaut

# Seconds between measurements of the memory.
_INTERVAL = 0.5
_MOST = {"clients": 200, "seconds": 300}


@contextmanager
def running_endpoint(workers):
    """Run the endpoint, and yield its address and its process."""
    command = [sys.executable, "-m", "fertools", "serve", "--port", "0", "--workers", str(workers)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process.stdout.readline().split()[1], psutil.Process(process.pid)
        finally:
            process.send_signal(signal.SIGINT)


def photo():
    """Return a photo of 512 x 512 pixels as a JPEG."""
    file = BytesIO()
    Image.fromarray(astronaut()).save(file, "JPEG", quality=90)
    return file.getvalue()


def mib(process):
    return process.memory_info().rss / 2**20


async def load(url, process, n_clients, seconds):
    """Send photos for some seconds; return outcomes, delays and the largest memory."""
    content, outcomes, delays, memory = photo(), Counter(), [], []
    end = time.perf_counter() + seconds
    limits = httpx.Limits(max_connections=n_clients, max_keepalive_connections=n_clients)
    async with httpx.AsyncClient(base_url=url, timeout=60, limits=limits) as client:

        async def send_photos():
            while time.perf_counter() < end:
                start = time.perf_counter()
                try:
                    answer = await client.post("/v1/faces", files={"photos": ("a.jpg", content)})
                    outcome = str(answer.status_code)
                    if answer.status_code == 200:
                        faces = answer.json()["photos"][0]["faces"]
                        outcome = "ok" if [f["expression"] for f in faces] == ["happy"] else "wrong"
                except httpx.HTTPError as error:
                    outcome = type(error).__name__
                outcomes[outcome] += 1
                delays.append(time.perf_counter() - start)

        async def watch():
            while True:
                memory.append(mib(process))
                await asyncio.sleep(_INTERVAL)

        watching = asyncio.create_task(watch())
        await asyncio.gather(*(send_photos() for _ in range(n_clients)))
        watching.cancel()
    return dict(outcomes), delays, max(memory)


def main(args=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clients", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--rest", type=float, default=5, help="seconds before the memory is read")
    parser.add_argument("--out", default=RESULTS)
    options = parser.parse_args(args)
    for name, most in _MOST.items():
        if not 0 < getattr(options, name) <= most:
            parser.error(f"--{name} must be in 1..{most}")
    with running_endpoint(options.workers) as (url, process):
        # Every thread has answered, and buffers have their sizes.
        asyncio.run(load(url, process, options.workers * 2, min(5, options.seconds)))
        time.sleep(options.rest)
        before = mib(process)
        outcomes, delays, peak = asyncio.run(load(url, process, options.clients, options.seconds))
        time.sleep(options.rest)
        after = mib(process)
    quantiles = np.quantile(delays, [0.5, 0.95, 1])
    result = {
        "clients": options.clients,
        "seconds": options.seconds,
        "workers": options.workers,
        "requests": sum(outcomes.values()),
        "outcomes": outcomes,
        "requests_per_second": round(sum(outcomes.values()) / options.seconds, 1),
        "delay_s": dict(zip(("median", "p95", "max"), quantiles.round(3).tolist(), strict=True)),
        "memory_mib": {
            name: round(value, 1)
            for name, value in (("before", before), ("peak", peak), ("after", after))
        },
        "memory_ratio": round(after / before, 3),
    }
    print(write_result("endpoint_load", result, options.out))
    print({name: value for name, value in result.items() if name != "environment"})


if __name__ == "__main__":
    main()
