"""Layers, containers, starting values and helpers; the numbers are PyTorch's for the same seed.

May import: everything.
"""

import math

import numpy as np
import pytest

import rushlight as torch

nn = torch.nn
init = torch.nn.init


def test_a_seeded_network_is_pytorchs():
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(3, 2), nn.Tanh(), nn.Linear(2, 1))
    weights = [p.tolist() for p in net.parameters()]
    assert weights == [
        [
            [-0.004322517663240433, 0.3097158372402191, -0.4751853346824646],
            [-0.4248946011066437, -0.2223689705133438, 0.15482072532176971],
        ],
        [-0.011439144611358643, 0.45777493715286255],
        [[-0.06275151669979095, 0.1871093362569809]],
        [-0.2136969119310379],
    ]
    y = net(torch.tensor([[1.0, 2.0, 3.0]]))
    y.sum().backward()
    assert y.item() == pytest.approx(-0.16143718, abs=1e-6)
    np.testing.assert_allclose(
        net[0].weight.grad.tolist(),
        [[-0.03406751, -0.06813502, -0.10220253], [0.18659252, 0.37318504, 0.55977756]],
        rtol=1e-5,
    )
    np.testing.assert_allclose(net[2].weight.grad.tolist(), [[-0.67609507, 0.05255609]], rtol=1e-5)


def test_linear_without_bias_and_with_more_dims():
    layer = nn.Linear(3, 2, bias=False)
    assert layer.bias is None and list(layer.state_dict()) == ["weight"]
    x = torch.randn(4, 5, 3)
    y = nn.Linear(3, 2)(x)
    assert y.shape == (4, 5, 2) and nn.Linear(3, 2)(x[0, 0]).shape == (2,)
    assert nn.Linear(3, 2, dtype=torch.float64).weight.dtype is torch.float64


def test_bilinear():
    torch.manual_seed(0)
    layer = nn.Bilinear(2, 1, 1)
    assert layer.weight.flatten().tolist() == [-0.005293981172144413, 0.37932288646698]
    assert layer.bias.tolist() == [-0.5819807648658752]
    layer = nn.Bilinear(3, 4, 2)
    a, b = torch.randn(5, 6, 3), torch.randn(5, 6, 4)
    expected = np.einsum("xyi,kij,xyj->xyk", a.numpy(), layer.weight.detach().numpy(), b.numpy())
    expected += layer.bias.detach().numpy()
    np.testing.assert_allclose(layer(a, b).detach().numpy(), expected, rtol=1e-4, atol=1e-5)
    with pytest.raises(RuntimeError, match="input2 size does not match weight size"):
        layer(a, a)


def test_flatten_and_unflatten():
    x = torch.arange(24).reshape(2, 3, 4)
    assert nn.Flatten()(x).shape == (2, 12)
    assert nn.Flatten(0, 1)(x).shape == (6, 4)
    assert nn.Unflatten(1, (3, 1))(x).shape == (2, 3, 1, 4)
    with pytest.raises(TypeError, match="unflattened_size must be tuple of ints"):
        nn.Unflatten(1, (3, "a"))


def test_modules_hold_the_settings_of_their_functions():
    x = torch.linspace(-2, 2, 8).reshape(2, 4)
    for module, function in [
        (nn.ReLU(), torch.relu),
        (nn.LeakyReLU(0.3), lambda x: nn.functional.leaky_relu(x, 0.3)),
        (nn.GELU("tanh"), lambda x: nn.functional.gelu(x, approximate="tanh")),
        (nn.Softmax(0), lambda x: x.softmax(0)),
        (nn.Softmin(1), lambda x: (-x).softmax(1)),
        (nn.Softplus(2.0, 1.0), lambda x: nn.functional.softplus(x, 2.0, 1.0)),
        (nn.Hardtanh(-1.5, 0.5), lambda x: x.clamp(-1.5, 0.5)),
        (nn.Threshold(0.5, 9.0), lambda x: nn.functional.threshold(x, 0.5, 9.0)),
        (nn.ELU(0.4), lambda x: nn.functional.elu(x, 0.4)),
        (nn.GLU(0), lambda x: nn.functional.glu(x, 0)),
        (nn.Hardshrink(1.0), lambda x: nn.functional.hardshrink(x, 1.0)),
        (nn.PReLU(4, 0.1), lambda x: nn.functional.leaky_relu(x, 0.1)),
        (nn.Dropout(0.9).eval(), lambda x: x),
    ]:
        assert torch.allclose(module(x), function(x)), module
    y = x.clone()
    assert nn.ReLU(inplace=True)(y) is y
    with pytest.raises(ValueError, match="max_val must be larger"):
        nn.Hardtanh(1, 1)
    with pytest.raises(ValueError, match="dropout probability"):
        nn.Dropout(-0.1)


def test_losses_as_modules():
    scores = torch.tensor([[1.0, 2.0, 0.5], [0.1, 0.2, 3.0]])
    classes = torch.tensor([1, 0])
    weight = torch.tensor([1.0, 2.0, 3.0])
    functional = nn.functional
    module = nn.CrossEntropyLoss(weight, ignore_index=0, label_smoothing=0.1, reduction="sum")
    expected = functional.cross_entropy(
        scores, classes, weight, ignore_index=0, label_smoothing=0.1, reduction="sum"
    )
    assert torch.equal(module(scores, classes), expected)
    assert list(module.state_dict()) == ["weight"]
    shares = torch.full((2, 3), 0.25)
    module = nn.BCEWithLogitsLoss(pos_weight=weight, reduction="none")
    expected = functional.binary_cross_entropy_with_logits(
        scores, shares, pos_weight=weight, reduction="none"
    )
    assert torch.equal(module(scores, shares), expected)
    assert torch.equal(
        nn.HuberLoss(delta=0.3)(scores, shares), functional.huber_loss(scores, shares, delta=0.3)
    )
    assert torch.equal(
        nn.SmoothL1Loss(beta=0.3)(scores, shares),
        functional.smooth_l1_loss(scores, shares, beta=0.3),
    )


# ---- containers


def names(container):
    return [type(module).__name__ for module in container]


def test_sequential_is_a_list():
    net = nn.Sequential(nn.ReLU(), nn.Tanh())
    net.append(nn.Sigmoid()).insert(1, nn.GELU())
    assert names(net) == ["ReLU", "GELU", "Tanh", "Sigmoid"]
    assert list(net._modules) == ["0", "1", "2", "3"]
    assert names(net[1:3]) == ["GELU", "Tanh"] and type(net[-1]).__name__ == "Sigmoid"
    assert list(net[1:3]._modules) == ["1", "2"]
    del net[0]
    assert names(net) == ["GELU", "Tanh", "Sigmoid"] and list(net._modules) == ["0", "1", "2"]
    assert type(net.pop(-1)).__name__ == "Sigmoid" and len(net) == 2
    net[0] = nn.Identity()
    assert names(net + nn.Sequential(nn.ELU())) == ["Identity", "Tanh", "ELU"]
    assert names(net * 2) == ["Identity", "Tanh"] * 2
    net += nn.Sequential(nn.ELU())
    assert names(net) == ["Identity", "Tanh", "ELU"]
    named = nn.Sequential({"a": nn.ReLU(), "b": nn.Tanh()})
    assert list(named._modules) == ["a", "b"] and named.a is named[0]
    for call, error, words in [
        (lambda: net[3], IndexError, "index 3 is out of range"),
        (lambda: net["a"], TypeError, "cannot be interpreted as an integer"),
        (lambda: net.append(1), TypeError, "int is not a Module subclass"),
        (lambda: net.insert(9, nn.ReLU()), IndexError, "Index out of range: 9"),
        (lambda: net + 1, ValueError, "add operator supports only objects of Sequential class"),
        (lambda: net * 0, ValueError, "Non-positive multiplication factor"),
    ]:
        with pytest.raises(error, match=words):
            call()


def test_module_list_and_dict():
    layers = nn.ModuleList([nn.Linear(2, 2) for _ in range(3)])
    assert len(list(layers.parameters())) == 6 and len(layers[1:]) == 2
    layers += [nn.ReLU()]
    assert repr(layers) == (
        "ModuleList(\n  (0-2): 3 x Linear(in_features=2, out_features=2, bias=True)\n"
        "  (3): ReLU()\n)"
    )
    assert repr(nn.ModuleList()) == "ModuleList()"
    with pytest.raises(NotImplementedError, match=r"Module .ModuleList. is missing"):
        layers(1)
    with pytest.raises(TypeError, match="should be called with an iterable, but got int"):
        nn.ModuleList(3)
    heads = nn.ModuleDict([("a", nn.ReLU())])
    heads["b"] = nn.Linear(1, 1)
    heads.update({"c": nn.Tanh()})
    assert list(heads) == ["a", "b", "c"] and "b" in heads and len(heads) == 3
    assert heads.pop("b").in_features == 1 and list(heads.keys()) == ["a", "c"]
    heads.clear()
    assert not len(heads)


def test_parameter_containers():
    values = nn.ParameterList([torch.ones(2), nn.Parameter(torch.ones(2, 3)), "x"])
    assert repr(values) == (
        "ParameterList(\n    (0): Parameter containing: [torch.float32 of size 2]\n"
        "    (1): Parameter containing: [torch.float32 of size 2x3]\n"
        "    (2): Object of type: str\n)"
    )
    assert list(values.state_dict()) == ["0", "1"] and values[-1] == "x"
    assert type(values[0]) is nn.Parameter and len(values[:2]) == 2
    with pytest.raises(IndexError, match="index 3 is out of range"):
        values[3]
    named = nn.ParameterDict({"a": torch.ones(2)})
    named["b"] = torch.zeros(1)
    assert [name for name, _ in named.named_parameters()] == ["a", "b"]
    assert named.pop("a").tolist() == [1.0, 1.0] and list(named.keys()) == ["b"]
    with pytest.raises(KeyError, match="a"):
        named["a"]


# ---- starting values


DRAWN = {
    "xavier_uniform_": ((2, 2), {}, [-0.009169445, 0.65700656, -1.0080204, -0.90133756]),
    "xavier_normal_": ((2, 2), {}, [1.0896488, -0.20748557, -1.5406368, 0.4019416]),
    "kaiming_uniform_": ((2, 2), {}, [-0.012967553, 0.92914754, -1.4255559, -1.2746837]),
    "kaiming_normal_": (
        (2, 2),
        {"mode": "fan_out", "nonlinearity": "relu"},
        [1.5409961, -0.29342890, -2.1787894, 0.56843126],
    ),
    "trunc_normal_": ((5,), {}, [1.5409961, -0.2934289, 0.83802634, 0.56843126, -1.0845224]),
    "trunc_normal_ far": ((3,), {"mean": 3.0}, [1.3409727, 1.585779, 1.8109524]),
    "orthogonal_": (
        (2, 3),
        {},
        [0.57398093, -0.10929461, -0.81154215, -0.34541512, -0.9308827, -0.11893554],
    ),
    "sparse_": (
        (3, 2),
        {"sparsity": 0.3},
        [0.0, -0.0029342892, -0.021787893, 0.0, -0.010845223, -0.013985954],
    ),
}


@pytest.mark.parametrize("name", DRAWN)
def test_drawn_values(name):
    shape, settings, expected = DRAWN[name]
    torch.manual_seed(0)
    tensor = torch.empty(*shape)
    assert getattr(init, name.split()[0])(tensor, **settings) is tensor
    np.testing.assert_allclose(tensor.flatten().tolist(), expected, rtol=2e-6, atol=1e-9)


def test_constants():
    assert init.eye_(torch.empty(2, 3)).tolist() == [[1, 0, 0], [0, 1, 0]]
    assert init.ones_(nn.Parameter(torch.empty(2))).tolist() == [1, 1]
    assert init.zeros_(torch.ones(2)).tolist() == [0, 0]
    kernel = init.dirac_(torch.empty(4, 2, 3), groups=2)
    x = kernel[:, :, 1]
    assert x.tolist() == [[1, 0], [0, 1], [1, 0], [0, 1]] and kernel.sum().item() == 4
    tall = init.orthogonal_(torch.empty(5, 3, dtype=torch.float64))
    assert torch.allclose(tall.t() @ tall, torch.eye(3, dtype=torch.float64))
    assert init.calculate_gain("leaky_relu", 2) == math.sqrt(2 / 5)


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: init.kaiming_uniform_(torch.ones(3)), ValueError, "fewer than 2 dimensions"),
        (lambda: init.kaiming_normal_(torch.ones(2, 2), mode="x"), ValueError, "Mode x not supp"),
        (lambda: init.calculate_gain("x"), ValueError, "Unsupported nonlinearity x"),
        (lambda: init.calculate_gain("leaky_relu", "x"), ValueError, "not a valid number"),
        (lambda: init.eye_(torch.ones(1)), ValueError, "Only tensors with 2 dimensions"),
        (lambda: init.sparse_(torch.ones(1), 0.1), ValueError, "Only tensors with 2 dimensions"),
        (lambda: init.dirac_(torch.ones(1)), ValueError, "3, 4, or 5 dimensions"),
        (lambda: init.dirac_(torch.ones(3, 1, 1), 2), ValueError, "divisible by groups"),
        (lambda: init.orthogonal_(torch.ones(1)), ValueError, "2 or more dimensions"),
    ],
)
def test_starting_value_errors(call, error, words):
    with pytest.raises(error, match=words):
        call()


def test_starting_value_warnings():
    with pytest.warns(UserWarning, match="zero-element tensors is a no-op"):
        nn.Linear(0, 2)
    with pytest.warns(UserWarning, match="more than 2 std from"):
        init.trunc_normal_(torch.empty(3), mean=9.0)


# ---- helpers


def graded():
    made = nn.Parameter(torch.zeros(2)), nn.Parameter(torch.zeros(1)), nn.Parameter(torch.zeros(1))
    made[0].grad = torch.tensor([3.0, 0.0])
    made[1].grad = torch.tensor([-4.0])
    return made


def test_clipping():
    parameters = graded()
    assert nn.utils.clip_grad_norm_(parameters, 1.0).item() == 5.0
    np.testing.assert_allclose(parameters[0].grad.tolist(), [0.6, 0.0], rtol=1e-5)
    assert nn.utils.clip_grad_norm_(iter(graded()), 10.0, norm_type=math.inf).item() == 4.0
    parameters = graded()
    nn.utils.clip_grad_norm_(parameters, 10.0)  # below the limit nothing changes
    assert parameters[1].grad.tolist() == [-4.0]
    nn.utils.clip_grad_value_(parameters, 2.0)
    assert parameters[0].grad.tolist() == [2.0, 0.0] and parameters[1].grad.tolist() == [-2.0]
    assert nn.utils.clip_grad_norm_([], 1.0).item() == 0.0
    parameters[0].grad.fill_(math.nan)
    with pytest.raises(RuntimeError, match="is non-finite, so it cannot be clipped"):
        nn.utils.clip_grad_norm_(parameters, 1.0, error_if_nonfinite=True)


def test_vectors():
    layer = nn.Linear(2, 1)
    vector = nn.utils.parameters_to_vector(layer.parameters())
    assert vector.shape == (3,) and vector.requires_grad
    nn.utils.vector_to_parameters(torch.tensor([1.0, 2.0, 3.0]), layer.parameters())
    assert layer.weight.tolist() == [[1.0, 2.0]] and layer.bias.tolist() == [3.0]
    with pytest.raises(TypeError, match=r"expected torch.Tensor, but got: list"):
        nn.utils.vector_to_parameters([1.0], layer.parameters())
