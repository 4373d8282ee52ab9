"""What may be asked of tensors, functions called for each element, memory shared with others.

May import: everything.
"""

import numpy as np
import pytest

import rushlight as torch


def test_a_tensor_lives_on_the_cpu():
    x = torch.zeros(2, 3)
    assert x.is_cpu and not (x.is_meta or x.is_quantized or x.is_nested or x.is_shared())
    assert x.layout is torch.strided and x.get_device() == -1 and x.ndimension() == 2
    assert x.share_memory_() is x and x.to_dense() is x and x.sparse_dim() == 0
    assert torch.get_default_device() == torch.device("cpu")
    with pytest.raises(RuntimeError, match="no"):
        x.pin_memory()


def test_result_type_and_typename():
    small = torch.tensor([1], dtype=torch.int8)
    assert torch.result_type(small, 1.5) is torch.float32
    assert torch.result_type(small, torch.tensor(1)) is torch.int8
    assert torch.result_type(1, 2j) is torch.complex64
    assert torch.typename(small) == "torch.CharTensor" and torch.typename([]) == "list"
    with pytest.raises(TypeError, match="Tensors or Numbers"):
        torch.result_type(small, "a")


def test_default_tensor_type():
    torch.set_default_tensor_type("torch.DoubleTensor")
    assert torch.zeros(1).dtype is torch.float64
    torch.set_default_tensor_type(torch.FloatTensor)
    assert torch.zeros(1).dtype is torch.float32
    with pytest.raises(TypeError, match="tensor type"):
        torch.set_default_tensor_type("torch.NoTensor")


def test_truth_and_same_size():
    assert torch.is_nonzero(torch.tensor([1])) and not torch.tensor([[0.0]]).is_nonzero()
    assert torch.zeros(2).is_same_size(torch.ones(2)) and torch.is_storage(torch.zeros(1).storage())
    with pytest.raises(RuntimeError, match="more than one value"):
        torch.is_nonzero(torch.ones(2))


def test_conversions_to_python():
    assert complex(torch.tensor(2)) == 2 and int(torch.tensor([[2.7]])) == 2
    assert f"{torch.tensor(1.5):.3f}" == "1.500" and reversed(torch.arange(2)).tolist() == [1, 0]
    assert range(3)[torch.tensor(1)] == 1
    for convert in (int, float, complex):
        with pytest.raises(ValueError, match="only one element tensors"):
            convert(torch.ones(2))
    with pytest.raises(RuntimeError, match="without overflow"):
        float(torch.tensor(1 + 2j))
    with pytest.raises(TypeError, match="does not support deleting"):
        del torch.ones(2)[0]
    with pytest.raises(RuntimeError, match="only supports Tensor or scalar"):
        "a" in torch.ones(2)  # noqa: B015


def test_new_and_subclasses():
    x = torch.zeros(2, dtype=torch.int64)
    assert x.new(2, 3).shape == (2, 3) and x.new([1, 2]).tolist() == [1, 2]
    assert x.new(torch.Size([4])).shape == (4,) and x.new().dtype is torch.int64
    parameter = x.double().as_subclass(torch.nn.Parameter)
    assert type(parameter) is torch.nn.Parameter
    with pytest.raises(TypeError, match="subclass of Tensor"):
        x.as_subclass(int)


def test_python_functions_for_each_element():
    x, y = torch.tensor([[1, 2]]), torch.tensor([[10], [20]])
    assert x.clone().apply_(lambda v: v + 1).tolist() == [[2, 3]]
    assert torch.zeros(2, 2).long().map_(y, lambda a, b: a + b).tolist() == [[10, 10], [20, 20]]
    assert x.map2_(x, x, lambda a, b, c: a + b * c).tolist() == [[2, 6]]
    with pytest.raises(RuntimeError, match="requires grad"):
        torch.ones(1, requires_grad=True).apply_(abs)
    with pytest.raises(TypeError, match="dtype"):
        x.map_(y.float(), max)


def test_a_buffer_is_shared():
    memory = bytearray(8)
    x = torch.frombuffer(memory, dtype=torch.int16, offset=2, count=2)
    x[0] = 258
    assert memory[2:4] == b"\x02\x01" and x.shape == (2,)
    for keywords, words in (
        ({"count": 9}, "must not be greater"),
        ({"offset": 9}, "no greater than buffer length"),
        ({"offset": 1}, "multiple of element size"),
        ({"count": 0}, "must not be 0"),
    ):
        with pytest.raises(ValueError, match=words):
            torch.frombuffer(memory, dtype=torch.int16, **keywords)


def test_dlpack_both_ways():
    x = torch.arange(6.0).reshape(2, 3)
    array = np.from_dlpack(x)
    assert np.shares_memory(array, x.numpy()) and x.__dlpack_device__() == (1, 0)
    source = np.arange(4)[::2]
    back = torch.from_dlpack(source)
    back[0] = 9
    assert source[0] == 9 and back.stride() == (2,)
    assert torch.utils.dlpack.from_dlpack(torch.utils.dlpack.to_dlpack(x)).equal(x)
    with pytest.raises(BufferError, match="require gradient"):
        np.from_dlpack(torch.ones(1, requires_grad=True))
    with pytest.raises(BufferError, match="bfloat16"):
        torch.to_dlpack(torch.ones(1, dtype=torch.bfloat16))
