"""Damaged and forged model files."""

import hashlib
import io
import json
import os
import struct
import threading
import warnings
from zipfile import ZIP_BZIP2, ZIP_DEFLATED, ZIP_LZMA, ZIP_STORED, ZipFile

import numpy as np
import pytest
import sklearn
import skops.io
from scipy import sparse
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier

from fertools.cli import main
from fertools.exceptions import ModelFileError
from fertools.persistence import (
    _archive,
    load,
    read_metadata,
    save,
)


@pytest.fixture
def data():
    rng = np.random.default_rng(0)
    return rng.normal(size=(30, 4)), np.arange(30) % 3


@pytest.fixture
def model_file(data, tmp_path):
    path = tmp_path / "model.fer"
    save(GaussianNB().fit(*data), path)
    return path


def members_of(path):
    with ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def write(path, members, compression=ZIP_DEFLATED):
    """Write a model file with a valid manifest."""
    digests = {
        name: hashlib.sha256(members[name]).hexdigest()
        for name in ("estimator.skops", "metadata.json")
    }
    with ZipFile(path, "w", compression=compression) as archive:
        for name, data in ({"manifest.json": json.dumps(digests)} | members).items():
            archive.writestr(name, data)


def forge(path, compression=ZIP_DEFLATED, **changes):
    """Replace members of a model file, given by their names without suffix."""
    members = members_of(path)
    members.pop("manifest.json")
    for name in members:
        members[name] = changes.get(name.split(".")[0], members[name])
    write(path, members, compression)


def refused(path, *, metadata_too=True):
    """Return the message of the ModelFileError that `load` and other readers raise."""
    with pytest.raises(ModelFileError) as caught:
        load(path)
    if metadata_too:
        with pytest.raises(ModelFileError):
            read_metadata(path)
        with pytest.raises(SystemExit) as ended:
            main(["info", str(path)])
        assert ended.value.code == 2
    return str(caught.value)


def about(**changes):
    """Return valid metadata with some entries replaced; `...` deletes an entry."""
    entries = {
        "format_version": 1,
        "versions": {"fertools": "0.1.0", "scikit-learn": sklearn.__version__},
        "created": "2026-01-01",
        "estimator": "GaussianNB",
        "classes": [0, 1, 2],
        "image_shape": None,
        "network": None,
    } | changes
    return {name: value for name, value in entries.items() if value is not ...}


METADATA = {
    "empty": b"",
    "not JSON": b"{",
    "not UTF-8": b"\xff\xfe{}",
    "nested too deep": b"[" * 10**5,
    "objects nested too deep": b'{"a":' * 10**5,
    "number of too many digits": b'{"format_version": ' + b"9" * 10**4 + b"}",
    "list": b"[]",
    "null": b"null",
    "number": b"1",
    "text": b'"model"',
    "no format": about(format_version=...),
    "format is text": about(format_version="1"),
    "format is null": about(format_version=None),
    "format is true": about(format_version=True),
    "format is 0": about(format_version=0),
    "format is a fraction": about(format_version=1.5),
    "newer format without versions": about(format_version=2, versions=...),
    "newer format with a list": about(format_version=2, versions=[1]),
    "no versions": about(versions=...),
    "versions are null": about(versions=None),
    "versions are a list": about(versions=["fertools"]),
    "versions lack scikit-learn": about(versions={"fertools": "0.1.0"}),
    "version is a number": about(versions={"fertools": "0.1.0", "scikit-learn": 1.5}),
    "version is null": about(versions={"fertools": None, "scikit-learn": "1.5"}),
    "classes are text": about(classes="angry"),
    "classes are a number": about(classes=7),
    "shape of three": about(image_shape=[48, 48, 3]),
    "shape of text": about(image_shape=["48", "48"]),
    "negative shape": about(image_shape=[-48, 48]),
    "shape is true": about(image_shape=[True, True]),
    "shape of nothing": about(image_shape=[]),
    "network is a list": about(network=[]),
    "created is a number": about(created=5),
    "estimator is null": about(estimator=None),
}


@pytest.mark.parametrize("content", METADATA.values(), ids=METADATA.keys())
def test_malformed_metadata_are_refused(content, model_file):
    data = content if isinstance(content, bytes) else json.dumps(content).encode()
    forge(model_file, metadata=data)
    assert "metadata" in refused(model_file) or "in format 2" in refused(model_file)


def test_unchanged_metadata_are_read(model_file):
    forge(model_file, metadata=json.dumps(about(image_shape=[2, 2], more=1)).encode())
    load(model_file)
    assert read_metadata(model_file)["more"] == 1


def test_malformed_manifests_are_refused(model_file):
    members = members_of(model_file)
    for manifest in (b"", b"[", b"[]", b"null", b"{}", b"\xff", b"[" * 10**4):
        with ZipFile(model_file, "w") as archive:
            for name, data in (members | {"manifest.json": manifest}).items():
                archive.writestr(name, data)
        refused(model_file)


@pytest.mark.parametrize("compression", [ZIP_DEFLATED, ZIP_LZMA, ZIP_BZIP2])
@pytest.mark.parametrize("member", ["estimator", "metadata", "manifest", "extra"])
def test_members_that_expand_too_far_are_refused(member, compression, model_file, monkeypatch):
    monkeypatch.setattr(_archive, "FREE_BYTES", 2**20)
    zeros = bytes(2**25)
    if member == "extra":
        members = members_of(model_file) | {"extra.bin": zeros}
        with ZipFile(model_file, "w", compression=compression) as archive:
            for name, data in members.items():
                archive.writestr(name, data)
    elif member == "manifest":
        members = members_of(model_file) | {"manifest.json": zeros}
        with ZipFile(model_file, "w", compression=compression) as archive:
            for name, data in members.items():
                archive.writestr(name, data)
    else:
        forge(model_file, compression, **{member: zeros})
    assert model_file.stat().st_size < 10**5
    assert "must" in refused(model_file)


def test_members_larger_than_announced_are_refused(model_file):
    forge(model_file, ZIP_DEFLATED, estimator=bytes(2**25))
    data = bytearray(model_file.read_bytes())
    size = struct.pack("<I", 2**25)
    while size in data:
        place = data.find(size)
        data[place : place + 4] = struct.pack("<I", 1000)
    model_file.write_bytes(data)
    assert "damaged" in refused(model_file)


def test_zeros_may_compress_well(tmp_path):
    model = KNeighborsClassifier(algorithm="brute").fit(np.zeros((50_000, 50)), [0, 1] * 25_000)
    save(model, tmp_path / "zeros.fer")
    assert load(tmp_path / "zeros.fer").n_samples_fit_ == 50_000


def test_extra_and_duplicate_members_are_refused(model_file):
    members = members_of(model_file)
    for surplus in ("notes.txt", "../evil", "metadata.json"):
        with ZipFile(model_file, "w") as archive, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # duplicate name
            for name, data in [*members.items(), (surplus, b"")]:
                archive.writestr(name, data)
        assert f"only, each once; got 1 more, such as '{surplus}'" in refused(model_file)


def rebuild(content, edit=None, compression=ZIP_STORED, **files):
    """Rebuild the archive of skops with an edited schema and additional files."""
    with ZipFile(io.BytesIO(content)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    schema = json.loads(members["schema.json"])
    if edit is not None:
        edit(schema)
    members |= {"schema.json": json.dumps(schema)} | files
    with ZipFile(buffer := io.BytesIO(), "w", compression=compression) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def nodes(schema):
    """Yield the objects of a schema."""
    if isinstance(schema, dict):
        yield schema
    for part in schema.values() if isinstance(schema, dict) else schema:
        if isinstance(part, (dict, list)):
            yield from nodes(part)


def test_compressed_arrays_in_the_estimator_are_refused(model_file):
    content = members_of(model_file)["estimator.skops"]
    forge(model_file, estimator=rebuild(content, compression=ZIP_DEFLATED, bomb=bytes(10**7)))
    assert "must not be compressed" in refused(model_file, metadata_too=False)


def test_arrays_repeated_beyond_the_file_size_are_refused(model_file):
    def repeat(schema):
        node = next(node for node in nodes(schema) if "file" in node)
        first = dict(node, file="large.npy")
        repeated = [dict(first, __id__=10**6 + k) for k in range(50)]
        node.clear()
        node.update(
            __class__="list", __module__="builtins", __loader__="ListNode", content=repeated
        )

    np.save(buffer := io.BytesIO(), np.zeros(10**5))
    content = members_of(model_file)["estimator.skops"]
    content = rebuild(content, repeat, **{"large.npy": buffer.getvalue()})
    forge(model_file, estimator=content)
    assert "repeats arrays" in refused(model_file, metadata_too=False)


def test_sparse_matrices_under_the_name_of_a_trusted_type_are_refused(data, model_file):
    model = LogisticRegression().fit(*data)
    model.coef_ = sparse.csr_matrix(model.coef_)
    content = skops.io.dumps(model)

    def rename(schema):
        node = next(n for n in nodes(schema) if n.get("__loader__") == "SparseMatrixNode")
        node.update(__class__="spmatrix", __module__="scipy.sparse._matrix")

    forge(model_file, estimator=rebuild(content, rename))
    assert skops.io.get_untrusted_types(data=members_of(model_file)["estimator.skops"]) == []
    assert "sparse matrices" in refused(model_file, metadata_too=False)


@pytest.mark.parametrize(
    "edit",
    [
        lambda schema: schema.clear(),
        lambda schema: schema.update(protocol="2"),
        lambda schema: schema.update(__loader__="ListNode"),
        lambda schema: schema.update(content=schema["content"]["content"]),
        lambda schema: schema["content"].update(__id__=schema["__id__"]),
        lambda schema: schema.update(__loader__=["ObjectNode"]),
        lambda schema: schema.update(__id__={}),
        lambda schema: next(n for n in nodes(schema) if "file" in n).update(file="none.npy"),
        lambda schema: next(n for n in nodes(schema) if "file" in n).update(file=7),
        lambda schema: schema.update(schema["content"]["content"]["theta_"]),
    ],
)
def test_forged_schemas_are_refused(edit, model_file):
    forge(model_file, estimator=rebuild(members_of(model_file)["estimator.skops"], edit))
    refused(model_file, metadata_too=False)


def test_array_of_forged_size_is_refused(model_file):
    content = members_of(model_file)["estimator.skops"]
    with ZipFile(io.BytesIO(content)) as archive:
        name = next(name for name in archive.namelist() if name.endswith(".npy"))
    header = "{'descr': '<f8', 'fortran_order': False, 'shape': (200000, 200000), }"
    header = header.ljust(117) + "\n"
    data = b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode() + bytes(80)
    forge(model_file, estimator=rebuild(content, **{name: data}))
    refused(model_file, metadata_too=False)


def test_only_regular_files_are_read(model_file, tmp_path):
    paths = [tmp_path / "folder.fer", tmp_path / "fifo.fer", tmp_path / "zero.fer"]
    paths[0].mkdir()
    if hasattr(os, "mkfifo"):
        os.mkfifo(paths[1])
        paths[2].symlink_to("/dev/zero")
        (tmp_path / "link.fer").symlink_to(model_file)
        load(tmp_path / "link.fer")
    for path in paths:
        if path.exists():
            assert "must be a regular file" in refused(path)
    for path in ("a\0b.fer", "x" * 5000):
        with pytest.raises((ModelFileError, FileNotFoundError)):
            load(path)


def test_threads_can_save_to_one_path(data, tmp_path):
    path = tmp_path / "model.fer"
    models = [GaussianNB(var_smoothing=10.0**-k).fit(*data) for k in range(4)]
    save(models[0], path)
    failures = []

    def work(model):
        try:
            for _ in range(15):
                save(model, path)
                assert load(path).get_params()["var_smoothing"] <= 1
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(model,)) for model in models]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert [path.name for path in tmp_path.iterdir()] == ["model.fer"]
