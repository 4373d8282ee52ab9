"""Modules: attributes, registration, walking, conversion, copies, and where errors happen.

May import: everything.
"""

import copy
import pickle

import pytest

import rushlight as torch

nn = torch.nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(9, 2))
        self.scale = nn.Parameter(torch.ones(1))
        self.register_buffer("count", torch.zeros((), dtype=torch.int64))
        self.register_buffer("scratch", torch.zeros(2), persistent=False)

    def forward(self, x):
        return self.layers(x) * self.scale


def test_attributes_go_by_their_type():
    net = Net()
    assert list(net._parameters) == ["scale"]
    assert list(net._buffers) == ["count", "scratch"]
    assert list(net._modules) == ["layers"]
    net.layers = None
    assert net.layers is None and list(net.children()) == []
    net.scale = None
    assert list(net.parameters()) == []
    net.extra = torch.ones(2)  # a plain tensor is no buffer
    assert "extra" not in net._buffers
    net.extra = nn.Parameter(torch.ones(2))
    assert "extra" in net._parameters and "extra" not in net.__dict__
    net.extra = None
    del net.extra
    assert not hasattr(net, "extra")
    net.kept = nn.Buffer(torch.ones(1))
    assert "kept" in net.state_dict() and isinstance(net.kept, nn.Buffer)
    net.kept = torch.zeros(1)
    assert net._buffers["kept"].item() == 0
    assert {"kept", "count", "forward"} <= set(dir(net))


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda n: setattr(n, "scale", 1), TypeError, "'int' as parameter 'scale' .torch.nn.Param"),
        (lambda n: setattr(n, "scale", torch.ones(1)), TypeError, "'torch.FloatTensor' as param"),
        (lambda n: setattr(n, "layers", 1), TypeError, "'int' as child module 'layers'"),
        (lambda n: setattr(n, "count", "x"), TypeError, "'str' as buffer 'count'"),
        (lambda n: n.colour, AttributeError, "'Net' object has no attribute 'colour'"),
        (lambda n: delattr(n, "colour"), AttributeError, "'Net' object has no attribute 'colour'"),
        (lambda n: n.register_buffer("a.b", None), KeyError, "t contain"),
        (lambda n: n.register_parameter("", None), KeyError, "t be empty string"),
        (lambda n: n.register_parameter("layers", None), KeyError, "already exists"),
        (lambda n: n.register_buffer("b", 1), TypeError, "cannot assign 'int' object to buffer"),
        (lambda n: n.register_parameter("b", torch.ones(1)), TypeError, "to parameter 'b'"),
        (lambda n: n.add_module("b", 1), TypeError, "int is not a Module subclass"),
        (lambda n: n.add_module(1, None), TypeError, "module name should be a string. Got int"),
        (lambda n: n.get_submodule("layers.7"), AttributeError, "Sequential has no attribute `7`"),
        (lambda n: n.get_submodule("scale"), AttributeError, "`scale` is not an nn.Module"),
        (lambda n: n.get_parameter("count"), AttributeError, "`count` is not an nn.Parameter"),
        (lambda n: n.get_buffer("scale"), AttributeError, "`scale` is not a buffer"),
        (lambda n: n.train(1), ValueError, "expected to be boolean"),
        (lambda n: n.to(torch.int64), TypeError, "only accepts floating point or complex"),
        (lambda n: n.to(torch.device("cuda")), AssertionError, "not compiled with CUDA"),
        (lambda n: n.cuda(), AssertionError, "not compiled with CUDA"),
        (lambda n: nn.Module()(1), NotImplementedError, 'missing the required "forward"'),
        (lambda n: nn.Parameter(torch.tensor([1])), RuntimeError, "floating point and complex"),
        (lambda n: nn.Parameter([1.0]), AttributeError, "has no attribute 'detach'"),
    ],
)
def test_errors(call, error, words):
    with pytest.raises(error, match=words):
        call(Net())


def test_a_subclass_must_call_init_first():
    class Hasty(nn.Module):
        def __init__(self, value):
            self.value = value

    for value, what in ((nn.Linear(1, 1), "module"), (nn.Parameter(torch.ones(1)), "parameters")):
        with pytest.raises(AttributeError, match=f"cannot assign {what} before Module.__init__"):
            Hasty(value)
    assert Hasty(3).value == 3


def test_walking():
    net = Net()
    names = ["", "layers", "layers.0", "layers.1", "layers.2"]
    assert [name for name, _ in net.named_modules()] == names
    assert [name for name, _ in net.named_parameters()] == [
        "scale", "layers.0.weight", "layers.0.bias", "layers.2.weight", "layers.2.bias",
    ]  # fmt: skip
    assert [name for name, _ in net.named_parameters(recurse=False)] == ["scale"]
    assert [name for name, _ in net.named_buffers(prefix="net")] == ["net.count", "net.scratch"]
    assert net.get_submodule("layers.0") is net.layers[0] and net.get_submodule("") is net
    assert net.get_parameter("layers.2.bias") is net.layers[2].bias
    assert net.get_buffer("count") is net.count
    net.layers[2] = net.layers[0]  # one module under two names is listed once
    assert len(list(net.modules())) == 4 and len(list(net.parameters())) == 3
    doubled = [name for name, _ in net.named_parameters(remove_duplicate=False)]
    assert len(doubled) == 5


def test_printed():
    assert repr(Net()) == (
        "Net(\n  (layers): Sequential(\n"
        "    (0): Linear(in_features=3, out_features=4, bias=True)\n    (1): ReLU()\n"
        "    (2): Linear(in_features=9, out_features=2, bias=True)\n  )\n)"
    )
    assert repr(nn.Module()) == "Module()"
    assert repr(nn.Parameter(torch.ones(1), requires_grad=False)) == (
        "Parameter containing:\ntensor([1.])"
    )


def test_modes_and_apply():
    net = Net()
    assert net.training and not net.eval().training and not net.layers[1].training
    assert net.train().layers[1].training
    seen = []
    assert net.apply(lambda module: seen.append(type(module).__name__)) is net
    assert seen == ["Linear", "ReLU", "Linear", "Sequential", "Net"]
    net.requires_grad_(False)
    assert not any(p.requires_grad for p in net.parameters())


def test_zero_grad():
    layer = nn.Linear(2, 1)
    layer(torch.ones(1, 2)).sum().backward()
    layer.zero_grad(set_to_none=False)
    assert layer.weight.grad.tolist() == [[0.0, 0.0]]
    layer.zero_grad()
    assert layer.weight.grad is None


def test_conversion_keeps_identity_integers_and_gradients():
    net = Net()
    weight = net.layers[0].weight
    net.layers[0](torch.ones(1, 3)).sum().backward()
    assert net.to(torch.float64) is net
    assert net.layers[0].weight is weight and weight.dtype is torch.float64
    assert weight.grad.dtype is torch.float64 and weight.requires_grad
    assert net.count.dtype is torch.int64 and net.scratch.dtype is torch.float64
    assert net.half().scale.dtype is torch.float16
    assert net.bfloat16().scale.dtype is torch.bfloat16
    assert net.float().to("cpu", torch.float64).to(torch.ones(1)).scale.dtype is torch.float32
    assert net.type(torch.float64).count.dtype is torch.float64


def test_copies_and_pickles():
    net = Net()
    net.layers[2].weight = net.layers[0].weight
    net.scale.grad = torch.ones(1)
    for twin in (copy.deepcopy(net), pickle.loads(pickle.dumps(net))):
        assert twin.layers[2].weight is twin.layers[0].weight
        assert twin.layers[0].weight is not net.layers[0].weight
        assert torch.equal(twin.layers[0].weight, net.layers[0].weight)
        assert type(twin.scale) is nn.Parameter and twin.scale.requires_grad
        assert twin.scale.grad is None
        twin.layers[0].weight.data.zero_()
    assert net.layers[0].weight.abs().sum().item() > 0
    assert net.scale.grad is not None


def test_results_of_parameters_are_tensors():
    weight = nn.Parameter(torch.ones(2))
    assert type(weight * 2) is torch.Tensor and type(weight.data) is torch.Tensor
    with torch.no_grad():
        assert weight.add_(1) is weight


def test_an_error_says_in_which_module():
    with pytest.raises(RuntimeError, match="mat1 and mat2 shapes") as caught:
        Net()(torch.ones(1, 3))
    assert caught.value.__notes__ == ["in layers.2: Linear(9 -> 2)"]
    with pytest.raises(RuntimeError) as caught:
        nn.Linear(2, 3)(torch.ones(1, 5))
    assert caught.value.__notes__ == ["in Linear(2 -> 3)"]
    with pytest.raises(NotImplementedError) as caught:
        nn.Sequential(nn.Sequential(nn.Module()))(1)
    assert caught.value.__notes__ == ["in 0.0: Module()"]


def test_a_plain_tensor_in_place_of_a_parameter():
    layer = nn.Linear(2, 1)
    layer.bias = None
    del layer.weight
    layer.weight = torch.tensor([[1.0, 2.0]])
    assert layer(torch.tensor([[1.0, 1.0]])).tolist() == [[3.0]]
