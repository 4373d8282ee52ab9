"""From one dtype to another, and the legacy tensor types.

May import: everything.
"""

import pytest

import rushlight as torch


def test_to_in_all_its_forms():
    x = torch.tensor([1.5, -2.5])
    assert x.to("cpu") is x.to(torch.float32) is x.to(device="cpu", dtype=torch.float) is x
    assert x.to(torch.float32, copy=True) is not x
    assert x.to("cpu", torch.int64).tolist() == [1, -2]
    assert x.to(torch.ones(1, dtype=torch.double)).dtype is torch.float64
    assert x.to(torch.device("cpu"), non_blocking=True) is x
    with pytest.raises(AssertionError, match="Torch not compiled with CUDA enabled"):
        x.to("cuda")
    with pytest.raises(AssertionError, match="Torch not compiled with CUDA enabled"):
        x.cuda()


def test_gradients_come_back_in_the_first_dtype():
    x = torch.ones(2, requires_grad=True)
    y = x.double()
    assert type(y.grad_fn).__name__ == "ToCopyBackward0"
    y.sum().backward()
    assert x.grad.dtype is torch.float32
    assert not x.long().requires_grad


def test_type_names():
    assert torch.zeros(1).type() == "torch.FloatTensor"
    assert torch.zeros(1, dtype=torch.bfloat16).type() == "torch.BFloat16Tensor"
    assert torch.zeros(1).type("torch.DoubleTensor").dtype is torch.float64
    assert torch.zeros(1).type(torch.LongTensor).dtype is torch.int64
    assert torch.zeros(1).type(torch.short).dtype is torch.int16
    with pytest.raises(ValueError, match=r"invalid type: 'torch.FooTensor'"):
        torch.zeros(1).type("torch.FooTensor")


def test_legacy_types():
    assert torch.FloatTensor([1, 2]).tolist() == [1, 2]
    assert torch.LongTensor([1.5]).dtype is torch.int64
    assert torch.DoubleTensor(2, 3).shape == (2, 3)
    assert isinstance(torch.zeros(1), torch.FloatTensor)
    assert not isinstance(torch.zeros(1), torch.LongTensor)
    assert repr(torch.FloatTensor) == "<class 'torch.FloatTensor'>"


def test_memory_order_is_kept():
    assert torch.ones(2, 3).t().double().stride() == (1, 3)
