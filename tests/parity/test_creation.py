"""The same tensors made by PyTorch and here: values, dtypes, printed forms.

May import: everything.
"""

import numpy as np
import pytest

import rushlight

torch = pytest.importorskip("torch")

PROGRAMS = [
    "t.tensor([[1.0, 2.0], [3.0, 4.0]])",
    "t.tensor([True, 2])",
    "t.tensor([1, 2j])",
    "t.tensor([np.int32(1), 2])",
    "t.tensor(np.float32(2.5))",
    "t.tensor([[], []])",
    "t.tensor([-1], dtype=t.uint8)",
    "t.tensor([1.7, -1.7], dtype=t.int32)",
    "t.full((2, 2), 2.5)",
    "t.full((2,), 1j)",
    "t.full_like(t.ones(2, dtype=t.int), 3.7)",
    "t.arange(10)",
    "t.arange(1, 2, 0.1)",
    "t.arange(0, 1, 0.1, dtype=t.float64)",
    "t.arange(5.0, 0, -1)",
    "t.linspace(0, 1, 11)",
    "t.linspace(-3, 7, 23, dtype=t.float64)",
    "t.linspace(3, 10, 5, dtype=t.int64)",
    "t.logspace(-2, 2, 5)",
    "t.eye(3, 2)",
    "t.scalar_tensor(3)",
    "t.complex(t.ones(2), t.zeros(2))",
    "t.zeros(2, 3).new_tensor([1, 2])",
    "t.zeros(2).new_full((2,), 7)",
    "t.tril_indices(3, 4, 1)",
    "t.triu_indices(3, 4, -1)",
    "t.meshgrid(t.arange(2), t.arange(3), indexing='xy')[0]",
    "t.zeros_like(t.ones(2, 3).t()).stride()",
    "t.zeros_like(t.ones(3, 1).expand(3, 4)).stride()",
    "t.ones(2).double().type()",
    "t.tensor([1.5, 2.5]).to(t.int16)",
    "t.tensor([0.1, 1e5]).half()",
    "t.tensor([0.1, 1e5]).bfloat16()",
    "t.ones(2, requires_grad=True).double()",
    "t.FloatTensor([1, 2])",
    "t.LongTensor(2, 3).shape",
    "t.asarray([1, 2])",
    "t.empty_strided((2, 3), (1, 2)).stride()",
]


@pytest.mark.parametrize("program", PROGRAMS)
def test_prints_the_same(program):
    expected = repr(eval(program, {"t": torch, "np": np}))
    assert repr(eval(program, {"t": rushlight, "np": np})) == expected


BAD = [
    "t.tensor([[1, 2], [3]])",
    "t.tensor('abc')",
    "t.tensor(['a'])",
    "t.tensor(None)",
    "t.tensor([2**63])",
    "t.tensor([300], dtype=t.uint8)",
    "t.zeros(-1)",
    "t.zeros(2.5)",
    "t.arange(0, 3, 0)",
    "t.arange(3, 0)",
    "t.linspace(0, 1, -1)",
    "t.from_numpy([1])",
    "t.ones(2).type('torch.FooTensor')",
    "t.ones(2).to('cuda')",
    "t.tensor([1], requires_grad=True)",
]


@pytest.mark.parametrize("program", BAD)
def test_fails_the_same(program):
    with pytest.raises(Exception) as expected:
        eval(program, {"t": torch})
    with pytest.raises(type(expected.value)):
        eval(program, {"t": rushlight})
