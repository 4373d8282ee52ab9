"""What is saved comes back: dtypes, shapes, containers, shared memory, parameters, options.

May import: everything.
"""

import io
import zipfile
from collections import Counter, OrderedDict

import numpy as np
import pytest

import rushlight as torch


def again(obj, **options):
    """The object after a way through a file in memory."""
    file = io.BytesIO()
    torch.save(obj, file)
    file.seek(0)
    return torch.load(file, **options)


def same(one, other):
    return (
        type(one) is type(other)
        and one.dtype is other.dtype
        and one.shape == other.shape
        and one.stride() == other.stride()
        and one.requires_grad == other.requires_grad
        and one._array.tobytes() == other._array.tobytes()
    )


EVERY_DTYPE = [
    torch.bool,
    torch.uint8,
    torch.int8,
    torch.int16,
    torch.int32,
    torch.int64,
    torch.float16,
    torch.bfloat16,
    torch.float32,
    torch.float64,
    torch.complex64,
    torch.complex128,
]


@pytest.mark.parametrize("dtype", EVERY_DTYPE, ids=str)
@pytest.mark.parametrize("shape", [(), (0,), (3, 0, 2), (1,), (3, 4)], ids=str)
def test_every_dtype_and_shape(dtype, shape):
    tensor = (torch.arange(12)[: int(np.prod(shape))] - 3).reshape(shape).to(dtype)
    assert same(again(tensor), tensor)


def test_extreme_numbers_keep_their_bits():
    tensor = torch.tensor([0.0, -0.0, float("inf"), -float("inf"), float("nan"), 1e-45, 3.4e38])
    assert again(tensor).numpy().tobytes() == tensor.numpy().tobytes()


@pytest.mark.parametrize(
    "view",
    [
        lambda t: t.t(),
        lambda t: t[1:, ::2],
        lambda t: t[:, 1],
        lambda t: t[0].expand(5, 4),
        lambda t: t[2, 3],
        lambda t: t[:, 4:],
    ],
)
def test_views_keep_their_strides_and_values(view):
    tensor = view(torch.arange(12.0).reshape(3, 4))
    loaded = again(tensor)
    assert same(loaded, tensor)
    assert loaded.storage_offset() == tensor.storage_offset()


def test_tensors_that_share_memory_share_it_again():
    whole = torch.zeros(4)
    loaded = again({"whole": whole, "end": whole[2:], "again": whole, "other": torch.zeros(4)})
    assert loaded["again"] is loaded["whole"]
    loaded["end"].fill_(7)
    assert loaded["whole"].tolist() == [0, 0, 7, 7]
    assert loaded["other"].tolist() == [0, 0, 0, 0]


def test_shared_memory_is_written_once():
    big = torch.zeros(10_000)
    file = io.BytesIO()
    torch.save([big[i:] for i in range(20)], file)
    assert len(file.getvalue()) < 50_000


def test_a_loaded_tensor_can_be_changed_and_is_alone():
    tensor = torch.ones(3)
    loaded = again(tensor)
    loaded += 1
    assert loaded.tolist() == [2, 2, 2]
    assert tensor.tolist() == [1, 1, 1]


def test_one_memory_under_two_dtypes_is_refused():
    tensor = torch.zeros(4)
    with pytest.raises(RuntimeError, match="Cannot save multiple tensors or storages that view"):
        again([tensor, tensor.view(torch.int32)])


@pytest.mark.parametrize(
    "obj",
    [
        None,
        True,
        -7,
        2**70,
        1.5,
        1 + 2j,
        "text",
        "текст",
        b"bytes\x00\xff",
        bytearray(b"more"),
        [1, [2, (3, {"deep": [4.0]})]],
        (),
        {1: "a", "b": (2,), (3, 4): None},
        {1, 2},
        OrderedDict([("z", 1), ("a", 2)]),
        Counter("abba"),
        torch.Size([2, 3]),
        torch.device("cpu"),
        torch.device("cuda", 1),
        torch.bfloat16,
    ],
    ids=repr,
)
def test_plain_objects_in_containers(obj):
    loaded = again({"key": [obj]})["key"][0]
    assert loaded == obj
    assert type(loaded) is type(obj)


def test_an_object_held_twice_comes_back_as_one():
    inner = [torch.ones(1)]
    loaded = again((inner, inner))
    assert loaded[0] is loaded[1]


def test_a_container_that_holds_itself():
    ring = []
    ring.append(ring)
    loaded = again(ring)
    assert loaded[0] is loaded


def test_parameters_and_what_requires_grad():
    parameter = torch.nn.Parameter(torch.arange(3.0))
    frozen = torch.nn.Parameter(torch.ones(1), requires_grad=False)
    plain = torch.ones(2, requires_grad=True)
    computed = plain * 2
    loaded = again([parameter, frozen, plain, computed])
    assert [type(t).__name__ for t in loaded] == ["Parameter", "Parameter", "Tensor", "Tensor"]
    assert [t.requires_grad for t in loaded] == [True, False, True, True]
    assert all(t.is_leaf for t in loaded)
    assert loaded[0].tolist() == [0, 1, 2]


def test_what_a_user_hung_on_a_tensor():
    tensor = torch.ones(2)
    tensor.note = "mine"
    parameter = torch.nn.Parameter(torch.ones(2))
    parameter.group = 3
    loaded = again([tensor, parameter])
    assert loaded[0].note == "mine"
    assert loaded[1].group == 3
    assert loaded[1].requires_grad


def test_storages():
    tensor = torch.arange(3.0)
    typed, same_memory = again([tensor.storage(), tensor])
    assert typed.tolist() == [0, 1, 2]
    typed[0] = 5
    assert same_memory.tolist() == [5, 1, 2]


def test_a_module_and_its_state_dict():
    torch.manual_seed(0)
    net = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.ReLU(), torch.nn.Linear(4, 2))
    x = torch.randn(5, 3)
    fresh = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.ReLU(), torch.nn.Linear(4, 2))
    fresh.load_state_dict(again(net.state_dict()))
    assert torch.equal(fresh(x), net(x))
    whole = again(net, weights_only=False)
    assert torch.equal(whole(x), net(x))
    assert repr(whole) == repr(net)


def test_paths_of_every_kind(tmp_path):
    for path in (tmp_path / "a.pt", str(tmp_path / "b"), tmp_path / "модель.v2.pt"):
        torch.save(torch.ones(2), path)
        assert torch.load(path).tolist() == [1, 1]


def test_a_file_object_stays_open_at_the_end_of_what_was_written(tmp_path):
    with open(tmp_path / "x.pt", "wb") as file:
        torch.save(torch.ones(2), file)
        end = file.tell()
    assert end == (tmp_path / "x.pt").stat().st_size
    with open(tmp_path / "x.pt", "rb") as file:
        assert torch.load(file).tolist() == [1, 1]
        assert not file.closed


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_pickle_protocols(protocol):
    file = io.BytesIO()
    torch.save({"a": torch.ones(2), "b": [b"x", {1}]}, file, pickle_protocol=protocol)
    file.seek(0)
    loaded = torch.load(file)
    assert loaded["a"].tolist() == [1, 1]
    assert loaded["b"] == [b"x", {1}]


def test_the_same_objects_give_the_same_bytes():
    files = [io.BytesIO(), io.BytesIO()]
    for file in files:
        torch.save({"w": torch.arange(5), "b": torch.ones(2)}, file)
    assert files[0].getvalue() == files[1].getvalue()


def test_storages_begin_at_multiples_of_64():
    file = io.BytesIO()
    torch.save([torch.full((i,), float(i)) for i in range(1, 9)], file)
    data = file.getvalue()
    for entry in zipfile.ZipFile(file).infolist():
        header = data[entry.header_offset : entry.header_offset + 30]
        lengths = int.from_bytes(header[26:28], "little") + int.from_bytes(header[28:], "little")
        assert (entry.header_offset + 30 + lengths) % 64 == 0


def test_memory_map(tmp_path):
    path = tmp_path / "x.pt"
    torch.save({"a": torch.arange(5), "b": torch.ones(2, dtype=torch.bfloat16)}, path)
    before = path.read_bytes()
    loaded = torch.load(path, mmap=True)
    assert loaded["b"].tolist() == [1, 1]
    loaded["a"] += 1
    assert loaded["a"].tolist() == [1, 2, 3, 4, 5]
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    "map_location", ["cpu", torch.device("cpu"), {"cuda:0": "cpu"}, lambda storage, location: None]
)
def test_map_location(map_location):
    assert again(torch.ones(2), map_location=map_location).tolist() == [1, 1]


def test_map_location_as_a_function_sees_and_replaces_storages():
    seen = []
    other = torch.full((2,), 9.0).untyped_storage()

    def place(storage, location):
        seen.append((storage.nbytes(), location))
        return other

    assert again(torch.ones(2), map_location=place).tolist() == [9, 9]
    assert seen == [(8, "cpu")]


def test_optimizer_state():
    w = torch.nn.Parameter(torch.ones(2))
    optimizer = torch.optim.Adam([w], lr=0.1)
    (w * w).sum().backward()
    optimizer.step()
    loaded = again(optimizer.state_dict())
    assert loaded["param_groups"] == optimizer.state_dict()["param_groups"]
    assert loaded["state"][0]["step"].item() == 1
    assert torch.equal(loaded["state"][0]["exp_avg"], optimizer.state[w]["exp_avg"])
