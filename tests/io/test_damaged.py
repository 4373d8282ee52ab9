"""Torn, truncated, empty, foreign, hostile and missing files: which error, and what it says.

May import: everything.
"""

import io
import pickle
import random
import tarfile
import zipfile

import numpy as np
import pytest

import rushlight as torch


def saved(obj):
    file = io.BytesIO()
    torch.save(obj, file)
    return file.getvalue()


GOOD = saved({"w": torch.arange(100.0), "b": torch.ones(3)})


def changed(change):
    """The good file with its inner files as `change(name, data)` makes them (None: left out)."""
    out = io.BytesIO()
    source = zipfile.ZipFile(io.BytesIO(GOOD))
    with zipfile.ZipFile(out, "w") as archive:
        for name in source.namelist():
            data = change(name.partition("/")[2], source.read(name))
            if data is not None:
                archive.writestr(name, data)
    return out.getvalue()


def without(name):
    return changed(lambda n, data: None if n == name else data)


def replaced(name, new):
    return changed(lambda n, data: new if n == name else data)


def archive_of(files):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


def tar():
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("storages"))
    return out.getvalue()


def flipped(where):
    return GOOD[:where] + bytes([GOOD[where] ^ 1]) + GOOD[where + 1 :]


FOREIGN = r"Weights only load failed. The file begins with b'.*begin with b'PK'"
NOISE = "Weights only load failed. invalid load key, 'ÿ'"
BAD = [
    ("empty", b"", EOFError, "Ran out of input"),
    ("half", GOOD[: len(GOOD) // 2], RuntimeError, "failed finding central directory"),
    ("start", GOOD[:10], RuntimeError, "PytorchStreamReader failed reading zip archive"),
    ("all but a byte", GOOD[:-1], RuntimeError, "failed finding central directory"),
    ("text", b"hello, world\n" * 10, pickle.UnpicklingError, FOREIGN),
    ("json", b'{"a": 1}', pickle.UnpicklingError, "Weights only load failed"),
    ("zeros", bytes(1000), pickle.UnpicklingError, FOREIGN),
    ("one byte", b"\x80", pickle.UnpicklingError, "Weights only load failed"),
    ("picture", b"\x89PNG\r\n\x1a\n" + bytes(99), pickle.UnpicklingError, "PNG"),
    ("pickle", pickle.dumps({"a": 1}), RuntimeError, "Invalid magic number; corrupt file?"),
    ("tar", tar(), RuntimeError, "legacy .tar format"),
    ("zip", archive_of({"a.txt": "x"}), RuntimeError, "file in archive is not in a subdirectory"),
    ("empty zip", archive_of({}), pickle.UnpicklingError, FOREIGN),
    ("program", archive_of({"a/constants.pkl": "x"}), RuntimeError, "TorchScript archives"),
    ("no pickle", without("data.pkl"), RuntimeError, "failed locating file data.pkl"),
    ("no storage", without("data/0"), RuntimeError, "failed locating file data/0"),
    ("no version", without("version"), RuntimeError, r'Expected hasRecord\("version"\) to be true'),
    ("later version", replaced("version", b"99\n"), RuntimeError, "version 99, but the maximum"),
    ("short", replaced("data/0", b"1" * 8), RuntimeError, r"record size \(8 bytes\) does not"),
    ("long", replaced("data/1", b"1" * 16), RuntimeError, r"record size \(16 bytes\) does not"),
    ("order", replaced("byteorder", b"middle"), ValueError, "Unknown endianness type: middle"),
    ("no pickled", replaced("data.pkl", b""), EOFError, "Ran out of input: data.pkl"),
    ("noise", replaced("data.pkl", b"\xff\xfe\x00n"), pickle.UnpicklingError, NOISE),
    (
        "flipped number",
        flipped(GOOD.index(np.float32(1).tobytes())),
        RuntimeError,
        "failed reading file data/0: Bad CRC-32",
    ),
    (
        "flipped pickle",
        flipped(GOOD.index(b"FloatStorage")),
        RuntimeError,
        "failed reading file data.pkl: Bad CRC-32",
    ),
]


@pytest.mark.parametrize("data, error, message", [b[1:] for b in BAD], ids=[b[0] for b in BAD])
def test_bad_files(data, error, message, tmp_path):
    with pytest.raises(error, match=message) as from_memory:
        torch.load(io.BytesIO(data))
    (tmp_path / "x.pt").write_bytes(data)
    with pytest.raises(error, match=message) as from_path:
        torch.load(tmp_path / "x.pt")
    assert str(from_memory.value) == str(from_path.value)


@pytest.mark.parametrize("bad", [b for b in BAD if b[0] != "flipped number"], ids=lambda b: b[0])
def test_bad_files_trusted_and_mapped(bad, tmp_path):
    _, data, error, message = bad
    (tmp_path / "x.pt").write_bytes(data)
    kinds = {error, pickle.UnpicklingError}
    with pytest.raises(tuple(kinds)) as seen:
        torch.load(tmp_path / "x.pt", mmap=True, weights_only=False)
    assert "Weights only" not in str(seen.value)
    if "Weights only" not in message:
        assert seen.type is error


@pytest.mark.parametrize("length", range(0, len(GOOD), 7))
def test_truncated_anywhere(length):
    with pytest.raises((EOFError, RuntimeError, pickle.UnpicklingError)):
        torch.load(io.BytesIO(GOOD[:length]))


def test_the_pickle_truncated_anywhere():
    pickled = zipfile.ZipFile(io.BytesIO(GOOD)).read("archive/data.pkl")
    for length in range(1, len(pickled)):
        with pytest.raises((pickle.UnpicklingError, RuntimeError)):
            torch.load(io.BytesIO(replaced("data.pkl", pickled[:length])))


def test_bytes_changed_at_random_load_or_are_refused_with_these_errors_alone():
    pickled = zipfile.ZipFile(io.BytesIO(GOOD)).read("archive/data.pkl")
    source = random.Random(0)
    refused = 0
    for _ in range(300):
        noisy = bytearray(pickled)
        for _ in range(source.randint(1, 4)):
            noisy[source.randrange(len(noisy))] = source.randrange(256)
        try:
            torch.load(io.BytesIO(replaced("data.pkl", bytes(noisy))))
        except (pickle.UnpicklingError, RuntimeError):
            refused += 1
    assert refused > 100


def test_numbers_of_a_machine_with_the_other_byte_order():
    values = {
        "f": torch.tensor([1.0, 2.0]),
        "i": torch.tensor([1, 2], dtype=torch.int16),
        "c": torch.tensor([1 + 2j]),
        "b": torch.tensor([True, False]),
    }
    source = zipfile.ZipFile(io.BytesIO(saved(values)))
    sizes = {"data/0": "f4", "data/1": "i2", "data/2": "f4"}
    files = {}
    for name in source.namelist():
        data = source.read(name)
        inner = name.partition("/")[2]
        if inner in sizes:
            data = np.frombuffer(data, sizes[inner]).byteswap().tobytes()
        files[name] = b"big" if inner == "byteorder" else data
    loaded = torch.load(io.BytesIO(archive_of(files)))
    assert {name: tensor.tolist() for name, tensor in loaded.items()} == {
        "f": [1, 2],
        "i": [1, 2],
        "c": [1 + 2j],
        "b": [True, False],
    }


# ---- what cannot be read or written at all


def test_missing_files_and_folders(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"No such file or directory: .*nothing.pt"):
        torch.load(tmp_path / "nothing.pt")
    with pytest.raises(IsADirectoryError):
        torch.load(tmp_path)
    with pytest.raises(RuntimeError, match=r"Parent directory .*none does not exist"):
        torch.save({}, tmp_path / "none" / "x.pt")
    with pytest.raises(RuntimeError, match="invalid file name"):
        torch.save({}, tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("f", [None, 5, [1], object()])
def test_what_is_no_file(f):
    with pytest.raises(
        AttributeError, match=r"You can only torch.load from a file that is seekable"
    ):
        torch.load(f)
    with pytest.raises(AttributeError, match="expected 'f' to be string, path, or a file-like"):
        torch.save({}, f)


def test_files_that_cannot_seek_or_hold_text():
    class Stream(io.RawIOBase):
        def readable(self):
            return True

    with pytest.raises(io.UnsupportedOperation, match="Please pre-load the data into a buffer"):
        torch.load(Stream())
    with pytest.raises(TypeError, match="Expected bytes, got str: open the file in binary mode"):
        torch.load(io.StringIO("text"))
    with pytest.raises(TypeError, match="string argument expected"):
        torch.save({}, io.StringIO())


def test_a_buffer_not_wound_back():
    file = io.BytesIO()
    torch.save(torch.ones(1), file)
    with pytest.raises(EOFError, match="or was read to its end before"):
        torch.load(file)


def test_wrong_options(tmp_path):
    file = io.BytesIO(GOOD)
    with pytest.raises(ValueError, match="f must be a file path in order to use the mmap argument"):
        torch.load(file, mmap=True)
    with pytest.raises(ValueError, match="pickle_module must be Python's pickle"):
        torch.load(file, pickle_module=random)
    with pytest.raises(ValueError, match="pickle_module must be Python's pickle"):
        torch.save(1, file, pickle_module=random)
    with pytest.raises(TypeError, match="'int' object is not callable: map_location must be"):
        torch.load(file, map_location=3)
    with pytest.raises(TypeError, match="unexpected keyword argument 'nonsense'"):
        torch.load(file, nonsense=1)


@pytest.mark.parametrize("where", ["cuda", "cuda:1", torch.device("cuda"), {"cpu": "cuda:0"}])
def test_other_devices(where):
    with pytest.raises(
        RuntimeError,
        match=r"Attempting to deserialize object on a CUDA device but torch.cuda.is_available",
    ):
        torch.load(io.BytesIO(GOOD), map_location=where)


def test_unknown_devices_and_errors_of_map_location():
    with pytest.raises(RuntimeError, match=r"restore data location .*\(tagged with nonsense\)"):
        torch.load(io.BytesIO(GOOD), map_location="nonsense")

    def place(storage, location):
        raise LookupError("mine")

    with pytest.raises(LookupError, match="mine"):
        torch.load(io.BytesIO(GOOD), map_location=place)


def test_a_file_from_a_gpu():
    pickled = zipfile.ZipFile(io.BytesIO(GOOD)).read("archive/data.pkl")
    at_gpu = pickled.replace(b"X\x03\x00\x00\x00cpu", b"X\x06\x00\x00\x00cuda:0")
    data = replaced("data.pkl", at_gpu)
    with pytest.raises(RuntimeError, match=r"on a CUDA device .*map_location=torch.device"):
        torch.load(io.BytesIO(data))
    assert torch.load(io.BytesIO(data), map_location="cpu")["b"].tolist() == [1, 1, 1]
