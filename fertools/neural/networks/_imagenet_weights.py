"""ImageNet weights of the backbones: cache of Keras, download and loading."""

import os
from dataclasses import dataclass
from pathlib import Path

from ..._utils.optional import import_optional

SITE = "https://storage.googleapis.com/tensorflow/keras-applications"


@dataclass(frozen=True)
class WeightsFile:
    """Weights file that Keras can download.

    Attributes
    ----------
    folder : str
        Folder on the Keras site.
    name : str
        File name on the site and in the cache.
    md5 : str or None
        MD5 checksum, if Keras publishes one.
    """

    folder: str
    name: str
    md5: str | None = None

    @property
    def url(self):
        """URL of the download."""
        return f"{SITE}/{self.folder}/{self.name}"

    @property
    def cached(self):
        """Path of the file in the cache of Keras."""
        home = Path(os.environ.get("KERAS_HOME", "~/.keras")).expanduser()
        return home / "models" / self.name


def weights_path(weights, imagenet):
    """Return the path of the weights, downloaded if necessary, or None.

    Parameters
    ----------
    weights : {"imagenet"}, path-like or None
    imagenet : WeightsFile
        File used for "imagenet".

    Returns
    -------
    Path or None

    Raises
    ------
    FileNotFoundError
        If there is no such file. For "imagenet": if it is not in the cache and cannot be
        downloaded; the message names the file, its URL and its path in the cache.
    """
    if weights is None:
        return None
    if weights != "imagenet":
        path = Path(weights)
        if not path.is_file():
            raise FileNotFoundError(
                f'weights must be "imagenet", None or the path of a weights file; got {weights!r}.'
            )
        return path
    if imagenet.cached.is_file():
        return imagenet.cached
    utils = import_optional("keras.utils", "neural")
    try:
        found = utils.get_file(
            imagenet.name,
            imagenet.url,
            cache_dir=imagenet.cached.parents[1],
            cache_subdir="models",
            file_hash=imagenet.md5,
        )
    # Keras raises a bare Exception if a download fails.
    except Exception as error:
        raise FileNotFoundError(
            f"The ImageNet weights are not cached, and the download failed ({error}). "
            f"Download {imagenet.url} on another computer and copy it to {imagenet.cached}, "
            "or pass weights=None for random weights."
        ) from error
    return Path(found)


def load_weights(backbone, path, name):
    """Load a weights file into a backbone.

    Raises
    ------
    ValueError
        If the file is damaged, or belongs to another network.
    """
    try:
        backbone.load_weights(path)
    except (OSError, ValueError, KeyError) as error:
        raise ValueError(
            f"weights must be a file of the backbone of {name}, without its top; {path}: {error}"
        ) from error
