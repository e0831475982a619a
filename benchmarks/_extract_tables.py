"""Table of the extraction of many images."""

from _common import read_result
from _markdown import table, where


def extract(folder):
    """Return rate, profile and memory of a run, and what they mean for larger ones."""
    result = read_result("extract", folder)
    stages = dict(result["profile_seconds"])
    total = stages.pop("total")
    n = result["profiled_images"]
    rows = [[name, f"{1000 * s / n:.2f}", f"{s / total:.0%}"] for name, s in stages.items()]
    other = total - sum(stages.values())
    rows.append(["other", f"{1000 * other / n:.2f}", f"{other / total:.0%}"])
    rate, memory = result["images_per_second"], result["memory_mib"]
    machines, images, size = 64, 100e6, result["bytes_per_image"]
    hours = images / (machines * rate) / 3600
    bytes_per_second = machines * rate * size / 2**20
    bytes_read = "equal" if result["same_bytes"] else "different"
    return table(["stage, one process with a profiler", "ms per image", "share"], rows) + (
        f"\n{result['images']:,} JPEG files of 96 x 96 pixels with drawn faces, model `fast`, "
        f"{result['processes']} processes: {rate:.0f} images per second from the file to the "
        f"stored features and predictions, or {1e6 / rate / 60:.0f} minutes per million. Memory of "
        f"all processes in the second and the last tenth of the time: "
        f"{memory['second_tenth']:.0f} and {memory['last_tenth']:.0f} MiB. "
        f"{result['faces_found']:.1%} of the faces were found. The bytes of "
        f"{', '.join(result['compared'])} were {bytes_read}. {where(result)}.\n\n"
        f"Projection, not a measurement: 100 million such images on {machines} computers of this "
        f"kind would take {hours:.1f} hours if nothing else limits them. They would write "
        f"{bytes_per_second:.0f} MiB per second ({size:,.0f} bytes per image, "
        f"{images * size / 2**40:.2f} TiB in total) in {machines * rate / 512 * 4:.0f} files per "
        "second, and read as many small images; the latency of a shared file system for small "
        "files saturates first. Pack the images in tar shards, one source per shard, and use "
        "larger chunks and one store per ten million images: the list of inputs is held in memory, "
        "at about 200 bytes per image.\n"
    )
