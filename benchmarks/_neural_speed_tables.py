"""Table of the time of training steps of networks."""

from _common import read_result
from _markdown import table, where

TITLES = {"tensorflow": "TensorFlow", "jax": "JAX", "torch": "PyTorch"}
# Above this share of the training time, batches should be prepared in parallel.
WORTHWHILE = 0.1


def neural_speed(folder):
    """Return the table of seconds per epoch by backend and precision."""
    result = read_result("neural_speed", folder)
    if result is None:
        return ""
    backends = result["backends"]
    columns = [(name, kind) for name in backends for kind in ("float32", "bfloat16")]
    networks = next(iter(backends.values()))
    rows = [
        [
            f"`{network}`",
            next(iter(networks[network].values()))["batch_size"],
            *(f"{backends[name][network][kind]['epoch_seconds']:,.0f}" for name, kind in columns),
        ]
        for network in networks
    ]
    header = ["seconds per epoch", "batch", *(f"{TITLES[name]}, {kind}" for name, kind in columns)]
    shares = [
        row["prepare_share"]
        for by_network in backends.values()
        for by_kind in by_network.values()
        for row in by_kind.values()
    ]
    conclusion = (
        "so preparing batches in parallel would save little"
        if max(shares) < WORTHWHILE
        else "so preparing batches in parallel would be worth it for some of them"
    )
    versions = result["environment"]["versions"]
    packages = ("keras", "tensorflow", "tensorflow-cpu", "jax", "torch")
    found = ", ".join(f"{name} {versions[name]}" for name in packages if name in versions)
    return table(header, rows) + (
        f"\nOne thread; an epoch has {result['training_images']:,} images of 48 x 48 pixels. "
        "Preparing and augmenting a batch takes "
        f"{100 * min(shares):.1f} to {100 * max(shares):.1f} % of the time of its training step, "
        f"{conclusion}. {found}. Load average {result['load_average']:.1f}. {where(result)}.\n"
    )
