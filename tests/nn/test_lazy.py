"""Modules that find their sizes in the first input they see.

May import: everything.
"""

import copy
import pickle

import pytest

import rushlight as torch

nn = torch.nn


def test_the_first_input_makes_an_ordinary_module():
    torch.manual_seed(0)
    lazy = nn.Sequential(nn.LazyConv2d(4, 3), nn.LazyBatchNorm2d(), nn.Flatten(), nn.LazyLinear(2))
    parameters = list(lazy.parameters())
    assert all(repr(p) == "<UninitializedParameter>" for p in parameters)
    optimizer = torch.optim.SGD(parameters, lr=0.1)
    x = torch.rand(3, 2, 5, 5)
    torch.manual_seed(0)
    out = lazy(x)
    torch.manual_seed(0)
    eager = nn.Sequential(nn.Conv2d(2, 4, 3), nn.BatchNorm2d(4), nn.Flatten(), nn.Linear(36, 2))
    assert repr(lazy) == repr(eager)
    assert out.tolist() == eager(x).tolist()
    assert [p is q for p, q in zip(parameters, lazy.parameters(), strict=True)] == [True] * 6
    before = lazy[3].weight.tolist()
    out.sum().backward()
    optimizer.step()
    assert lazy[3].weight.tolist() != before


def test_settings_before_the_shape_is_known_are_kept():
    layer = nn.LazyLinear(3).double()
    layer.weight.requires_grad_(False)
    twin = pickle.loads(pickle.dumps(copy.deepcopy(layer)))
    out = twin(torch.ones(2, 4, dtype=torch.float64))
    assert out.dtype is torch.float64 and type(twin) is nn.Linear
    assert [p.requires_grad for p in twin.parameters()] == [False, True]
    assert layer.has_uninitialized_params()


def test_a_state_dict_gives_shapes_too():
    layer, source = nn.LazyLinear(3), nn.Linear(4, 3)
    assert [repr(v) for v in layer.state_dict().values()] == ["<UninitializedParameter>"] * 2
    layer.load_state_dict(source.state_dict())
    x = torch.rand(2, 4)
    assert layer(x).tolist() == source(x).tolist()
    assert repr(layer) == repr(source)


def test_errors():
    layer = nn.LazyLinear(3)
    with pytest.raises(RuntimeError, match="Can't access the shape"):
        layer.weight.shape  # noqa: B018
    with pytest.raises(ValueError, match="uninitialized parameter"):
        layer.weight + 1
    with pytest.raises(ValueError, match="divisible by groups"):
        nn.LazyConv2d(3, 2, groups=3)(torch.ones(1, 2, 4, 4))
    with pytest.raises(RuntimeError, match="Expected 3D"):
        nn.LazyConv2d(3, 2)(torch.ones(2, 3))
