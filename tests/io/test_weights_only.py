"""What a file may not do: run code, name foreign classes, or reach into the library.

May import: everything.
"""

import io
import os
import pickle
import subprocess
import zipfile
from collections import OrderedDict, defaultdict
from datetime import date

import pytest

import rushlight as torch
from rushlight.core import dtype as dtypes


class Mine:
    """A class of the user's, which only a trusted file may name."""

    def __init__(self, value=0):
        self.value = value

    def __eq__(self, other):
        return self.value == other.value


class Calls:
    """An object whose pickle calls a function with arguments."""

    def __init__(self, function, *arguments):
        self.call = function, arguments

    def __reduce__(self):
        return self.call


def file_of(obj):
    file = io.BytesIO()
    torch.save(obj, file)
    file.seek(0)
    return file


def file_with(pickled):
    """A checkpoint of one tensor, with that pickle in the place of its own."""
    source = zipfile.ZipFile(file_of(torch.ones(2)))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in source.namelist():
            archive.writestr(name, pickled if name.endswith("data.pkl") else source.read(name))
    out.seek(0)
    return out


def touch(path):
    open(path, "w").close()


@pytest.mark.parametrize(
    "obj, named",
    [
        (Mine(), "Mine"),
        (Mine, "Mine"),
        (touch, "touch"),
        (print, "GLOBAL print"),
        (len, "GLOBAL len"),
        (int, "GLOBAL int"),
        (getattr, "GLOBAL getattr"),
        (range(3), "GLOBAL range"),
        (frozenset([1]), "GLOBAL frozenset"),
        (defaultdict(list), "collections.defaultdict"),
        (date(2020, 1, 1), "datetime.date"),
        (torch.nn.Linear(1, 1), "rushlight.nn.linear.Linear"),
        (torch.zeros(1).numpy(), "numpy"),
    ],
    ids=str,
)
def test_classes_and_functions_are_refused(obj, named):
    with pytest.raises(pickle.UnpicklingError) as seen:
        torch.load(file_of([torch.ones(1), {"deep": obj}]))
    message = str(seen.value)
    assert message.startswith("Weights only load failed.")
    assert "Unsupported global: GLOBAL" in message
    assert "was not an allowed global by default" in message
    assert named in message
    assert "weights_only=False" in message


def test_a_trusted_file_may_hold_them():
    loaded = torch.load(file_of({"a": Mine(3), "f": touch}), weights_only=False)
    assert loaded["a"] == Mine(3)
    assert loaded["f"] is touch
    for found in (Mine, int, range, print, OrderedDict):
        assert torch.load(file_of(found), weights_only=False) is found


@pytest.mark.parametrize("protocol", [0, 1, 2, 3, 4, 5])
@pytest.mark.parametrize("function", [touch, os.system, subprocess.call, eval], ids=str)
def test_code_does_not_run(protocol, function, tmp_path):
    victim = tmp_path / "made"
    argument = str(victim)
    if function is eval:
        argument = f"open({argument!r}, 'w')"
    elif function is not touch:
        argument = f"touch {argument}"
    pickled = pickle.dumps(Calls(function, argument), protocol)
    with pytest.raises(pickle.UnpicklingError, match="Weights only load failed"):
        torch.load(file_with(pickled))
    assert not victim.exists()


@pytest.mark.parametrize(
    "name",
    [b"torch\nload\n", b"torch\nsave\n", b"torch._utils\n__dict__\n", b"torch\nTensor.data\n"],
)
def test_other_names_of_torch_are_refused(name):
    with pytest.raises(pickle.UnpicklingError, match="Unsupported global: GLOBAL torch"):
        torch.load(file_with(b"\x80\x02c" + name + b"."))


def test_a_trusted_file_with_a_module_of_torch_says_what_would_work():
    pickled = b"\x80\x02ctorch.nn.modules.linear\nLinear\n)\x81."
    with pytest.raises(
        pickle.UnpicklingError, match=r"torch\.nn\.modules\.linear\.Linear .*state_dict"
    ):
        torch.load(file_with(pickled), weights_only=False)


@pytest.mark.parametrize(
    "target",
    [b"ctorch\nfloat32\n", b"ctorch\nSize\n", b"ctorch\nTensor\n", b"ctorch\nTensor\n)\x81"],
    ids=["dtype", "Size", "Tensor class", "tensor"],
)
def test_the_library_cannot_be_changed_by_a_file(target):
    before = dict(vars(torch.Tensor)), dtypes.float32.name
    state = b"}U\x04nameU\x03bads"
    for build in (state, b"N" + state + b"\x86"):
        with pytest.raises(pickle.UnpicklingError, match="Can only build Tensor, Parameter"):
            torch.load(file_with(b"\x80\x02" + target + build + b"b."))
    assert (dict(vars(torch.Tensor)), dtypes.float32.name) == before


def test_attributes_in_a_file_do_not_reach_the_slots_of_a_tensor():
    tensor = torch.ones(2)
    tensor.note = "kept"
    tensor.zote = "kept"
    pickled = zipfile.ZipFile(file_of(tensor)).read("archive/data.pkl")
    hostile = pickled.replace(b"note", b"_arr").replace(b"zote", b"grad")
    loaded = torch.load(file_with(hostile))
    assert "_arr" not in vars(loaded)
    assert loaded.grad is None
    assert loaded.tolist() == [1, 1]


@pytest.mark.parametrize(
    "change, message",
    [
        ((b"K\x02\x85", b"K\x09\x85"), "out of bounds for storage of size 8"),
        ((b"QK\x00", b"QK\x01"), "out of bounds for storage of size 8"),
        ((b"QK\x00", b"QJ\xff\xff\xff\xff"), "out of bounds for storage of size 8"),
        ((b"K\x01\x85", b"J\xff\xff\xff\xff\x85"), "out of bounds for storage of size 8"),
    ],
    ids=["size", "offset", "negative offset", "negative stride"],
)
def test_a_tensor_must_lie_in_its_storage(change, message):
    pickled = zipfile.ZipFile(file_of(torch.ones(2))).read("archive/data.pkl")
    assert change[0] in pickled
    with pytest.raises(RuntimeError, match=message):
        torch.load(file_with(pickled.replace(*change)))


def test_ordered_dicts_with_attributes():
    state = torch.nn.Linear(2, 2).state_dict()
    state._metadata = OrderedDict([("", {"version": 1})])
    assert torch.load(file_of(state))._metadata == state._metadata
