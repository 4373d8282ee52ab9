"""Files both ways between PyTorch and rushlight, and the same errors for files that are bad.

May import: everything.
"""

import io
import pickle
import zipfile
from collections import Counter, OrderedDict

import pytest

import rushlight

torch = pytest.importorskip("torch")

# PyTorch warns once, of the first typed storage that somebody reads
pytestmark = pytest.mark.filterwarnings("ignore:TypedStorage is deprecated:UserWarning")

DTYPES = (
    "bool uint8 int8 int16 int32 int64 float16 bfloat16 float32 float64 complex64 complex128"
).split()
LIBRARIES = [(rushlight, torch), (torch, rushlight)]
WAYS = pytest.mark.parametrize(
    "writer, reader", LIBRARIES, ids=["ours to theirs", "theirs to ours"]
)


def carried(writer, reader, obj, **options):
    file = io.BytesIO()
    writer.save(obj, file)
    file.seek(0)
    return reader.load(file, weights_only=True, **options)


def described(tensor):
    """What must be the same of a tensor in either library."""
    kind = type(tensor).__name__
    grad = tensor.requires_grad
    data = tensor.detach()
    bits = data.contiguous().reshape(-1).untyped_storage().tolist() if data.numel() else []
    layout = tuple(tensor.shape), tensor.stride(), tensor.storage_offset(), str(tensor.dtype)
    return kind, grad, layout, bits


@WAYS
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(), (0,), (3, 0, 2), (1,), (3, 4)], ids=str)
def test_dtypes_and_shapes(writer, reader, dtype, shape):
    count = 1
    for size in shape:
        count *= size
    tensor = writer.arange(count).reshape(shape).to(getattr(writer, dtype))
    assert described(carried(writer, reader, tensor)) == described(tensor)


VIEWS = [
    "x.t()", "x[1:, ::2]", "x[:, 1]", "x[0].expand(5, 4)", "x[2, 3]", "x[:0].clone()",
    "x.unfold(1, 2, 1)",
    "x.requires_grad_()", "(x.requires_grad_() * 2)", "t.nn.Parameter(x)",
    "t.nn.Parameter(x.t(), requires_grad=False)", "x.as_strided((2, 2), (1, 2), 3)",
]  # fmt: skip


@WAYS
@pytest.mark.parametrize("program", VIEWS)
def test_views_parameters_and_what_requires_grad(writer, reader, program):
    tensor = eval(program, {"t": writer, "x": writer.arange(12.0).reshape(3, 4)})
    assert described(carried(writer, reader, tensor)) == described(tensor)


@WAYS
def test_containers(writer, reader):
    def made(t):
        return [
            None, True, -7, 2**70, 1.5, 1 + 2j, "текст", b"\x00\xff", bytearray(b"x"), (1, [2.0]),
            {"a": 1, 2: (), (3,): None}, {1, 2}, OrderedDict(z=1, a=2), Counter("abba"),
            t.Size([2, 3]), t.device("cpu"), t.device("cuda:1"), t.bfloat16, t.int64,
        ]  # fmt: skip

    assert carried(writer, reader, made(writer)) == made(reader)


@WAYS
def test_shared_memory(writer, reader):
    whole = writer.zeros(4)
    loaded = carried(writer, reader, {"whole": whole, "end": whole[2:], "same": whole})
    loaded["end"].fill_(7)
    assert loaded["whole"].tolist() == [0, 0, 7, 7]
    assert loaded["same"] is loaded["whole"]


@WAYS
def test_attributes_of_tensors_and_storages(writer, reader):
    tensor = writer.ones(2)
    tensor.note = "mine"
    parameter = writer.nn.Parameter(writer.ones(2))
    parameter.group = 3
    loaded = carried(writer, reader, [tensor, parameter, writer.ones(2).untyped_storage()])
    assert loaded[0].note == "mine"
    assert loaded[1].group == 3
    assert loaded[1].requires_grad
    assert loaded[2].tolist() == [0, 0, 128, 63] * 2


@WAYS
def test_typed_storages(writer, reader):
    assert carried(writer, reader, writer.ones(2).storage()).tolist() == [1, 1]


@pytest.mark.parametrize("dtype", DTYPES)
def test_files_of_pytorch_before_1_6(dtype):
    made = torch.arange(6).reshape(2, 3).to(getattr(torch, dtype))
    file = io.BytesIO()
    torch.save([made, made[1].t(), torch.nn.Parameter(torch.ones(2))], file,
               _use_new_zipfile_serialization=False)  # fmt: skip
    file.seek(0)
    loaded = rushlight.load(file)
    file.seek(0)
    assert [described(t) for t in loaded] == [described(t) for t in torch.load(file)]


@WAYS
@pytest.mark.parametrize("name", ["x.pt", "модель.v2.pt", "no_ending"])
def test_paths_and_memory_maps(writer, reader, name, tmp_path):
    value = {"a": writer.arange(1000), "b": writer.ones(3, dtype=writer.bfloat16)}
    writer.save(value, tmp_path / name)
    for mmap in (False, True):
        loaded = reader.load(tmp_path / name, mmap=mmap)
        assert loaded["a"].tolist() == list(range(1000))
        loaded["b"] += 1
        assert loaded["b"].tolist() == [2, 2, 2]


@WAYS
@pytest.mark.parametrize("protocol", [2, 3, 4])
def test_protocols(writer, reader, protocol):
    file = io.BytesIO()
    writer.save({"a": writer.ones(2), "b": [b"x"]}, file, pickle_protocol=protocol)
    file.seek(0)
    loaded = reader.load(file, weights_only=protocol == 2 or reader is rushlight)
    assert loaded["a"].tolist() == [1, 1]
    assert loaded["b"] == [b"x"]


@WAYS
def test_modules(writer, reader):
    def net(t):
        return t.nn.Sequential(t.nn.Linear(3, 4), t.nn.ReLU(), t.nn.Linear(4, 2))

    here, there = net(writer), net(reader)
    there.load_state_dict(carried(writer, reader, here.state_dict()))
    x = [[1.0, -2.0, 0.5]]
    expected = here(writer.tensor(x)).tolist()[0]
    assert there(reader.tensor(x)).tolist()[0] == pytest.approx(expected, rel=1e-5, abs=1e-6)


OPTIMIZERS = [
    ("SGD", {"lr": 0.1, "momentum": 0.9, "weight_decay": 0.01}),
    ("SGD", {"lr": 0.1, "momentum": 0.9, "nesterov": True}),
    ("Adam", {"lr": 0.1, "amsgrad": True, "weight_decay": 0.1}),
    ("AdamW", {"lr": 0.1}),
]


def step(t, optimizer, w):
    optimizer.zero_grad()
    ((w * t.tensor([1.0, -2.0, 3.0])) ** 2 - w).sum().backward()
    optimizer.step()


@WAYS
@pytest.mark.parametrize("name, options", OPTIMIZERS)
def test_training_goes_on_in_the_other_library(writer, reader, name, options):
    start = [0.5, -1.0, 2.0]
    w = writer.tensor(start, requires_grad=True)
    optimizer = getattr(writer.optim, name)([w], **options)
    for _ in range(3):
        step(writer, optimizer, w)
    loaded = carried(writer, reader, {"w": w, "optimizer": optimizer.state_dict()})
    other = loaded["w"].detach().clone().requires_grad_()
    fresh = getattr(reader.optim, name)([other], lr=5.0)
    fresh.load_state_dict(loaded["optimizer"])
    for _ in range(3):
        step(writer, optimizer, w)
        step(reader, fresh, other)
    assert other.tolist() == pytest.approx(w.tolist(), rel=2e-6)


def bad_files():
    file = io.BytesIO()
    torch.save({"w": torch.arange(100.0), "b": torch.ones(3)}, file)
    good = file.getvalue()

    def replaced(name, new):
        out = io.BytesIO()
        source = zipfile.ZipFile(io.BytesIO(good))
        with zipfile.ZipFile(out, "w") as archive:
            for entry in source.namelist():
                data = new if entry == f"archive/{name}" else source.read(entry)
                if data is not None:
                    archive.writestr(entry, data)
        return out.getvalue()

    other = io.BytesIO()
    with zipfile.ZipFile(other, "w") as archive:
        archive.writestr("a.txt", "x")
    return {
        "empty": (b"", ""),
        "half": (good[: len(good) // 2], "failed finding central directory"),
        "one byte less": (good[:-1], "failed finding central directory"),
        "start": (good[:10], "PytorchStreamReader failed reading zip archive"),
        "json": (b'{"a": 1}', "Weights only load failed"),
        "picture": (b"\x89PNG\r\n\x1a\n" + bytes(99), "Weights only load failed"),
        "pickle": (pickle.dumps({"a": 1}, protocol=2), "Invalid magic number; corrupt file?"),
        "other zip": (other.getvalue(), "file in archive is not in a subdirectory: a.txt"),
        "no storage": (replaced("data/0", None), "failed locating file data/0: file not found"),
        "no pickle": (replaced("data.pkl", None), "failed locating file data.pkl: file not found"),
        "no version": (replaced("version", None), 'hasRecord("version") to be true, but got false'),
        "version": (replaced("version", b"99\n"), "maximum supported version for reading is 10"),
        "short": (replaced("data/0", b"1" * 8), "record size (8 bytes) does not match expected"),
        "order": (replaced("byteorder", b"middle"), "Unknown endianness type: middle"),
        "no pickled": (replaced("data.pkl", b""), ""),
        "noise": (replaced("data.pkl", b"\xff\xfe\x00noise"), "Weights only load failed"),
    }


@pytest.mark.parametrize("name", bad_files())
def test_bad_files(name):
    data, words = bad_files()[name]
    kinds = []
    for t in (torch, rushlight):
        with pytest.raises(Exception) as seen:
            t.load(io.BytesIO(data))
        kinds.append(seen.type)
        assert words in str(seen.value)
    assert kinds[0] is kinds[1]


CALLS = [
    "t.load('no_such_file.pt')", "t.load('.')", "t.load(5)", "t.load(None)",
    "t.save({}, 'no_such_folder/x.pt')", "t.save({}, 5)", "t.save({}, '.')",
    "t.load(good, map_location='cuda')", "t.load(good, map_location={'cpu': 'cuda:0'})",
    "t.load(good, map_location='nonsense')", "t.load(good, map_location=3)",
    "t.load(good, mmap=True)", "t.load(buffer)", "t.save(x for x in [1])",
    "t.save([x, x.view(t.int32)], buffer)", "t.load(calls)",
]  # fmt: skip


@pytest.mark.parametrize("program", CALLS)
def test_bad_calls(program, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    seen = []
    for t in (torch, rushlight):
        good, calls = io.BytesIO(), io.BytesIO()
        torch.save(torch.ones(2), good)
        good.seek(0)
        torch.save(print, calls)
        calls.seek(0)
        names = {"t": t, "good": good, "calls": calls, "buffer": io.BytesIO(), "x": t.zeros(4)}
        with pytest.raises(Exception) as error:
            eval(program, names)
        seen.append((error.type, str(error.value)))
    (kind, words), (our_kind, our_words) = seen
    assert our_kind is kind
    beginning = words.partition("] . ")[2] or words  # without the line of PyTorch's own source
    assert our_words.startswith(beginning[:24])
