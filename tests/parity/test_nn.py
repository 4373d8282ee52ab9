"""The same seeded programs on PyTorch and here: weights, printed forms, results, gradients, errors.

May import: everything.
"""

import copy
import warnings

import numpy as np
import pytest

import rushlight

torch = pytest.importorskip("torch")

LIBRARIES = (torch, rushlight)


def both(program):
    """What the program makes of each library, with both generators at the same seed."""
    results = []
    for library in LIBRARIES:
        library.manual_seed(7)
        results.append(program(library))
    return results


def same_bits(theirs, ours):
    theirs, ours = theirs.detach().numpy(), ours.detach().numpy()
    assert theirs.dtype == ours.dtype
    np.testing.assert_array_equal(theirs, ours)


def close(theirs, ours, rtol=2e-5, atol=2e-6):
    theirs, ours = theirs.numpy(force=True), ours.numpy(force=True)
    assert theirs.dtype == ours.dtype and theirs.shape == ours.shape
    np.testing.assert_allclose(ours, theirs, rtol=rtol, atol=atol)


def outcome(program, library):
    """The type and first words of the error, with the warnings on the way."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            program(library)
        except Exception as error:
            text = str(error.args[0]) if error.args else ""
            return type(error), text, [str(w.message) for w in caught]
    return None, "", [str(w.message) for w in caught]


MODULES = {
    "linear": lambda nn: nn.Linear(5, 7),
    "linear without bias": lambda nn: nn.Linear(33, 3, bias=False),
    "bilinear": lambda nn: nn.Bilinear(3, 4, 5),
    "prelu": lambda nn: nn.PReLU(4),
    "mlp": lambda nn: nn.Sequential(
        nn.Flatten(), nn.Linear(64, 32), nn.GELU(), nn.Dropout(0.5), nn.Linear(32, 10)
    ),
    "list": lambda nn: nn.ModuleList([nn.Linear(3, 3) for _ in range(3)] + [nn.ReLU()]),
    "dict": lambda nn: nn.ModuleDict({"a": nn.Linear(2, 1), "b": nn.Sequential(nn.Tanh())}),
    "nested": lambda nn: nn.Sequential(nn.Sequential(nn.Linear(2, 3), nn.Softmax(1)), nn.ELU()),
}


@pytest.mark.parametrize("name", MODULES)
def test_weights_printed_forms_and_keys_are_equal(name):
    theirs, ours = both(lambda library: MODULES[name](library.nn))
    assert repr(theirs) == repr(ours)
    assert list(theirs.state_dict()) == list(ours.state_dict())
    assert [n for n, _ in theirs.named_modules()] == [n for n, _ in ours.named_modules()]
    for a, b in zip(theirs.parameters(), ours.parameters(), strict=True):
        same_bits(a, b)
        assert repr(a) == repr(b)


PRINTED = """
ReLU() ReLU(True) ReLU6() LeakyReLU(0.2) LeakyReLU(inplace=True) PReLU(3) Sigmoid() LogSigmoid()
Tanh() Tanhshrink() GELU() GELU("tanh") SiLU() SiLU(True) Mish() Softplus() Softsign() ELU()
ELU(0.5,True) CELU() SELU() GLU() Hardtanh() Hardtanh(-2,2,True) Hardsigmoid() Hardswish()
Threshold(1,2) Hardshrink() Softshrink(0.3) Softmax() Softmax(1) LogSoftmax(0) Softmin(1)
Softmax2d() Dropout() Dropout(0.3,True) Dropout1d() Dropout2d() Dropout3d() AlphaDropout()
Identity() Flatten() Flatten(0,1) Unflatten(1,(2,3)) Sequential() ModuleList() ModuleDict()
ParameterList() Module() MSELoss() L1Loss() SmoothL1Loss() HuberLoss() KLDivLoss() NLLLoss()
CrossEntropyLoss() BCELoss() BCEWithLogitsLoss()
""".split()


@pytest.mark.parametrize("source", PRINTED)
def test_printed_forms(source):
    theirs, ours = [eval(f"nn.{source}", {"nn": library.nn}) for library in LIBRARIES]
    assert repr(theirs) == repr(ours)
    public = [{k for k in vars(m) if not k.startswith("_")} for m in (theirs, ours)]
    assert public[0] == public[1]


ACTIVATIONS = {
    "relu": {}, "leaky_relu": {"negative_slope": 0.2}, "relu6": {}, "elu": {"alpha": 0.7},
    "selu": {}, "celu": {"alpha": 0.7}, "gelu": {}, "gelu ": {"approximate": "tanh"}, "silu": {},
    "mish": {}, "softplus": {}, "softplus ": {"beta": 2, "threshold": 1}, "logsigmoid": {},
    "hardtanh": {"min_val": -0.5, "max_val": 1.5}, "hardsigmoid": {}, "hardswish": {},
    "hardshrink": {}, "softshrink": {}, "softsign": {}, "tanhshrink": {}, "sigmoid": {},
    "tanh": {}, "threshold": {"threshold": 0.3, "value": 2.0}, "softmax": {"dim": 1},
    "softmax ": {"dim": -2}, "log_softmax": {"dim": 1}, "softmin": {"dim": 0}, "glu": {"dim": 1},
}  # fmt: skip


@pytest.mark.parametrize("dtype", ["float32", "float64", "bfloat16", "float16"])
@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activations_with_first_and_second_gradients(name, dtype):
    values = np.random.default_rng(1).normal(0, 2, (4, 6))
    values[0, :4] = (0.0, -50.0, 50.0, 3.0)

    def program(library):
        x = library.tensor(values.tolist(), dtype=getattr(library, dtype), requires_grad=True)
        y = getattr(library.nn.functional, name.strip())(x, **ACTIVATIONS[name])
        weights = library.arange(y.numel()).reshape(y.shape).to(y.dtype).cos()
        (first,) = library.autograd.grad((y * weights).sum(), x, create_graph=True)
        second = None
        # PyTorch has no second derivative of hardsigmoid
        exact = dtype in ("float32", "float64") and name != "hardsigmoid"
        if first.requires_grad and exact:
            (second,) = library.autograd.grad((first * first).sum(), x, allow_unused=True)
        return y, first, second

    theirs, ours = both(program)
    assert type(theirs[0].grad_fn).__name__ == type(ours[0].grad_fn).__name__
    rough = {"bfloat16": 2e-2, "float16": 3e-3}.get(dtype)
    for a, b in zip(theirs, ours, strict=True):
        if a is None or b is None:
            assert a is None or not a.any()
            continue
        if rough:
            assert str(a.dtype) == str(b.dtype)
            close(a.float(), b.float(), rough, rough)
        else:
            close(a, b, 1e-4, 1e-5)


def _scores(library, *shape, seed=3):
    values = np.random.default_rng(seed).normal(size=shape).astype(np.float32)
    made = library.tensor(values.tolist(), requires_grad=True)
    LEAVES.append(made)
    return made


LEAVES = []  # what `_scores` made since a test emptied it


def _classes(library, *shape, count=4):
    values = np.random.default_rng(5).integers(0, count, shape)
    return library.tensor(values.tolist())


LOSSES = {
    "mse": lambda t, F, r: F.mse_loss(_scores(t, 3, 4), _scores(t, 3, 4, seed=4), reduction=r),
    "l1": lambda t, F, r: F.l1_loss(_scores(t, 3, 4), _scores(t, 3, 4, seed=4), reduction=r),
    "smooth_l1": lambda t, F, r: F.smooth_l1_loss(
        _scores(t, 3, 4), _scores(t, 3, 4, seed=4), reduction=r, beta=0.5
    ),
    "huber": lambda t, F, r: F.huber_loss(
        _scores(t, 3, 4), _scores(t, 3, 4, seed=4), reduction=r, delta=0.5
    ),
    "nll": lambda t, F, r: F.nll_loss(
        _scores(t, 5, 4).log_softmax(1), _classes(t, 5), reduction=r
    ),
    "nll weights": lambda t, F, r: F.nll_loss(
        _scores(t, 5, 4), _classes(t, 5), t.tensor([0.5, 1.0, 2.0, 0.0]), reduction=r
    ),
    "nll ignored": lambda t, F, r: F.nll_loss(
        _scores(t, 5, 4), _classes(t, 5), ignore_index=1, reduction=r
    ),
    "nll images": lambda t, F, r: F.nll_loss(
        _scores(t, 2, 4, 3, 2), _classes(t, 2, 3, 2), t.tensor([1.0, 2.0, 3.0, 4.0]), reduction=r
    ),
    "nll row": lambda t, F, r: F.nll_loss(_scores(t, 4), t.tensor(2), reduction=r),
    "cross_entropy": lambda t, F, r: F.cross_entropy(_scores(t, 5, 4), _classes(t, 5), reduction=r),
    "cross_entropy sequences": lambda t, F, r: F.cross_entropy(
        _scores(t, 2, 4, 3), _classes(t, 2, 3), reduction=r
    ),
    "cross_entropy smoothed": lambda t, F, r: F.cross_entropy(
        _scores(t, 5, 4), _classes(t, 5), label_smoothing=0.1, reduction=r
    ),
    "cross_entropy smoothed, weighted, ignored": lambda t, F, r: F.cross_entropy(
        _scores(t, 2, 4, 3), _classes(t, 2, 3), t.tensor([1.0, 2.0, 3.0, 4.0]),
        label_smoothing=0.1, ignore_index=2, reduction=r,
    ),
    "cross_entropy probabilities": lambda t, F, r: F.cross_entropy(
        _scores(t, 5, 4), _scores(t, 5, 4, seed=4).detach().softmax(1), reduction=r,
        weight=t.tensor([1.0, 2.0, 3.0, 4.0]), label_smoothing=0.2,
    ),
    "bce": lambda t, F, r: F.binary_cross_entropy(
        _scores(t, 3, 4).sigmoid(), _scores(t, 3, 4, seed=4).sigmoid(), reduction=r
    ),
    "bce weights": lambda t, F, r: F.binary_cross_entropy(
        _scores(t, 3, 4).sigmoid(), _scores(t, 3, 4, seed=4).detach().sigmoid(),
        t.tensor([1.0, 2.0, 3.0, 4.0]), reduction=r,
    ),
    "bce scores": lambda t, F, r: F.binary_cross_entropy_with_logits(
        _scores(t, 3, 4), _scores(t, 3, 4, seed=4).sigmoid(), reduction=r
    ),
    "bce scores, weighted": lambda t, F, r: F.binary_cross_entropy_with_logits(
        _scores(t, 3, 4), _scores(t, 3, 4, seed=4).sigmoid(), t.tensor([[1.0], [2.0], [0.0]]),
        pos_weight=t.tensor([1.0, 2.0, 3.0, 4.0]), reduction=r,
    ),
    "kl": lambda t, F, r: F.kl_div(
        _scores(t, 3, 4).log_softmax(1), _scores(t, 3, 4, seed=4).softmax(1),
        reduction="batchmean" if r == "mean" else r,
    ),
    "kl of logarithms": lambda t, F, r: F.kl_div(
        _scores(t, 3, 4).log_softmax(1), _scores(t, 3, 4, seed=4).log_softmax(1),
        reduction="batchmean" if r == "mean" else r, log_target=True,
    ),
}  # fmt: skip


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize("name", LOSSES)
def test_losses_with_first_and_second_gradients(name, reduction):
    def program(library):
        LEAVES.clear()
        loss = LOSSES[name](library, library.nn.functional, reduction)
        leaves = [leaf for leaf in LEAVES if leaf.requires_grad]
        weights = library.arange(loss.numel()).reshape(loss.shape).float().cos()
        first = library.autograd.grad(
            (loss * weights).sum(), leaves, create_graph=True, allow_unused=True
        )
        length = sum((g * g).sum() for g in first if g is not None)
        second = None
        if length.requires_grad:
            second = library.autograd.grad(length, leaves, allow_unused=True)
        return loss, first, second

    theirs, ours = both(program)
    close(theirs[0], ours[0])
    single = type(theirs[0].grad_fn).__name__
    if not single.startswith(("View", "Div")):
        assert single == type(ours[0].grad_fn).__name__
    for a, b in zip(theirs[1], ours[1], strict=True):
        assert (a is None) == (b is None)
        if a is not None:
            close(a, b, 1e-4, 1e-5)
    for a, b in zip(theirs[2] or (), ours[2] or (), strict=bool(theirs[2] and ours[2])):
        if a is None or b is None:
            assert a is None or not a.any()
            assert b is None or not b.any()
        else:
            close(a, b, 1e-3, 1e-5)


WRONG = {
    "class too large": lambda t, F: F.cross_entropy(t.ones(3, 5), t.tensor([0, 5, 1])),
    "class negative": lambda t, F: F.cross_entropy(t.ones(3, 5), t.tensor([0, -5, 1])),
    "float classes": lambda t, F: F.cross_entropy(t.ones(3, 5), t.tensor([0.0, 1.0, 1.0])),
    "int32 classes": lambda t, F: F.nll_loss(t.ones(1, 5), t.tensor([0], dtype=t.int32)),
    "batch sizes": lambda t, F: F.cross_entropy(t.ones(3, 5), t.tensor([0, 1])),
    "column of classes": lambda t, F: F.cross_entropy(t.ones(3, 5), t.zeros(3, 1, dtype=t.long)),
    "integer probabilities": lambda t, F: F.cross_entropy(
        t.ones(3, 5), t.zeros(3, 5, dtype=t.long)
    ),
    "short weight": lambda t, F: F.nll_loss(t.ones(3, 5), t.tensor([0, 1, 2]), t.ones(4)),
    "double weight": lambda t, F: F.nll_loss(
        t.ones(3, 5), t.tensor([0, 1, 2]), t.ones(5, dtype=t.double)
    ),
    "image sizes": lambda t, F: F.cross_entropy(t.ones(2, 3, 4, 4), t.zeros(2, 4, 5, dtype=t.long)),
    "sequence sizes": lambda t, F: F.cross_entropy(t.ones(2, 3, 4), t.zeros(2, 5, dtype=t.long)),
    "number": lambda t, F: F.nll_loss(t.tensor(1.0), t.tensor(0)),
    "integer scores": lambda t, F: F.nll_loss(
        t.zeros(3, 5, dtype=t.long), t.zeros(3, dtype=t.long)
    ),
    "reduction": lambda t, F: F.mse_loss(t.ones(2), t.ones(2), reduction="average"),
    "smoothing": lambda t, F: F.cross_entropy(t.ones(1, 2), t.tensor([0]), label_smoothing=2.0),
    "broadcast": lambda t, F: F.mse_loss(t.ones(3, 5), t.ones(3, 1)),
    "no broadcast": lambda t, F: F.l1_loss(t.ones(3, 5), t.ones(3, 4)),
    "integers": lambda t, F: F.mse_loss(t.tensor([1, 2]), t.tensor([1, 3])),
    "beta": lambda t, F: F.smooth_l1_loss(t.ones(2), t.ones(2), beta=-1.0),
    "delta": lambda t, F: F.huber_loss(t.ones(2), t.ones(2), delta=0.0),
    "bce range": lambda t, F: F.binary_cross_entropy(t.tensor([2.0]), t.ones(1)),
    "bce shapes": lambda t, F: F.binary_cross_entropy(t.ones(2), t.ones(2, 1)),
    "bce dtype": lambda t, F: F.binary_cross_entropy(t.ones(2), t.ones(2, dtype=t.long)),
    "logits shapes": lambda t, F: F.binary_cross_entropy_with_logits(t.ones(2), t.ones(2, 1)),
    "kl mean": lambda t, F: F.kl_div(t.zeros(1, 2), t.ones(1, 2)),
    "softmax of integers": lambda t, F: F.softmax(t.tensor([1, 2]), 0),
    "softmax dim": lambda t, F: F.softmax(t.ones(3, 5), 2),
    "softmax without dim": lambda t, F: F.softmax(t.ones(3, 5)),
    "gelu word": lambda t, F: F.gelu(t.ones(2), approximate="exact"),
    "gelu of integers": lambda t, F: F.gelu(t.tensor([1])),
    "relu of bools": lambda t, F: F.relu(t.tensor([True])),
    "relu of None": lambda t, F: F.relu(None),
    "odd glu": lambda t, F: F.glu(t.ones(3, 5), 1),
    "prelu weights": lambda t, F: F.prelu(t.ones(3, 5), t.ones(3)),
    "dropout share": lambda t, F: F.dropout(t.ones(2), 1.5),
    "dropout of integers": lambda t, F: F.dropout(t.tensor([1, 2])),
    "dropout1d of images": lambda t, F: F.dropout1d(t.ones(1, 1, 2, 2)),
    "linear": lambda t, F: t.nn.Linear(3, 2)(t.ones(2, 4)),
    "not called": lambda t, F: t.nn.Module()(1),
    "attribute": lambda t, F: t.nn.Linear(1, 1).colour,
    "list of numbers": lambda t, F: t.nn.ModuleList([1]),
    "list index": lambda t, F: t.nn.Sequential(t.nn.ReLU())[1],
    "list name": lambda t, F: t.nn.Sequential(t.nn.ReLU())["0"],
    "add a number": lambda t, F: t.nn.Sequential() + 1,
    "insert": lambda t, F: t.nn.Sequential().insert(2, t.nn.ReLU()),
    "dict key": lambda t, F: t.nn.ModuleDict()["a"],
    "dict of a number": lambda t, F: t.nn.ModuleDict(3),
    "mode": lambda t, F: t.nn.ReLU().train(1),
    "integer module": lambda t, F: t.nn.Linear(1, 1).to(t.int64),
    "dotted parameter": lambda t, F: t.nn.Module().register_parameter("a.b", None),
    "dotted module": lambda t, F: t.nn.Module().add_module("a.b", None),
    "empty buffer": lambda t, F: t.nn.Module().register_buffer("", None),
    "taken": lambda t, F: t.nn.Linear(1, 1).register_buffer("weight", t.ones(1)),
    "tensor as parameter": lambda t, F: setattr(t.nn.Linear(1, 1), "weight", t.ones(1)),
    "number as buffer": lambda t, F: t.nn.Module().register_buffer("a", 1),
    "number as parameter": lambda t, F: t.nn.Module().register_parameter("a", 1),
    "submodule": lambda t, F: t.nn.Sequential(t.nn.ReLU()).get_submodule("0.a"),
    "parameter": lambda t, F: t.nn.Linear(1, 1).get_parameter("bias.a"),
    "fan": lambda t, F: t.nn.init.kaiming_uniform_(t.ones(3)),
    "mode of fan": lambda t, F: t.nn.init.kaiming_normal_(t.ones(3, 3), mode="fan"),
    "gain": lambda t, F: t.nn.init.calculate_gain("swish"),
    "eye": lambda t, F: t.nn.init.eye_(t.ones(3)),
    "dirac": lambda t, F: t.nn.init.dirac_(t.ones(3, 3)),
    "orthogonal": lambda t, F: t.nn.init.orthogonal_(t.ones(3)),
    "nothing to draw": lambda t, F: t.nn.init.kaiming_uniform_(t.ones(0, 3)),
    "state of a list": lambda t, F: t.nn.Linear(1, 1).load_state_dict([1]),
    "state missing": lambda t, F: t.nn.Sequential(t.nn.Linear(1, 1)).load_state_dict({"a": 1}),
    "state of other sizes": lambda t, F: t.nn.Linear(2, 1).load_state_dict(
        {"weight": t.ones(1, 3), "bias": 3}
    ),
    "vector": lambda t, F: t.nn.utils.vector_to_parameters([1], []),
}


@pytest.mark.parametrize("name", WRONG)
def test_errors_and_warnings(name):
    def program(library):
        WRONG[name](library, library.nn.functional)

    theirs, ours = [outcome(program, library) for library in LIBRARIES]
    assert theirs[0] is ours[0]
    # ours begins with their words; theirs may go on with advice of their own
    shortest = min(len(theirs[1]), 60)
    assert ours[1][:shortest] == theirs[1][:shortest]
    assert len(theirs[2]) == len(ours[2])
    for a, b in zip(theirs[2], ours[2], strict=True):
        assert a[:60] == b[:60]


DRAWN = {
    "dropout": lambda t: t.nn.functional.dropout(t.ones(40), 0.3),
    "alpha_dropout": lambda t: t.nn.functional.alpha_dropout(t.ones(40), 0.3, True),
    "dropout1d": lambda t: t.nn.functional.dropout1d(t.ones(4, 5, 2), 0.3),
    "dropout1d of one": lambda t: t.nn.functional.dropout1d(t.ones(5, 2), 0.3),
    "dropout2d": lambda t: t.nn.functional.dropout2d(t.ones(4, 5, 2, 2), 0.3),
    "dropout3d of one": lambda t: t.nn.functional.dropout3d(t.ones(5, 2, 2, 2), 0.3),
    "uniform_": lambda t: t.nn.init.uniform_(t.empty(20), -1, 1),
    "normal_": lambda t: t.nn.init.normal_(t.empty(20), 1, 2),
    "xavier_uniform_": lambda t: t.nn.init.xavier_uniform_(t.empty(4, 5), gain=2),
    "xavier_normal_": lambda t: t.nn.init.xavier_normal_(t.empty(4, 5)),
    "kaiming_uniform_": lambda t: t.nn.init.kaiming_uniform_(t.empty(4, 5, 3), mode="fan_out"),
    "kaiming_normal_": lambda t: t.nn.init.kaiming_normal_(t.empty(4, 5), nonlinearity="relu"),
    "trunc_normal_": lambda t: t.nn.init.trunc_normal_(t.empty(300), 0.5, 2.0),
    "trunc_normal_ far": lambda t: t.nn.init.trunc_normal_(t.empty(50), 3.0, 1.0, -2, 2),
    "sparse_": lambda t: t.nn.init.sparse_(t.empty(7, 3), 0.4),
    "eye_": lambda t: t.nn.init.eye_(t.empty(3, 4)),
    "dirac_": lambda t: t.nn.init.dirac_(t.empty(4, 2, 3, 3), 2),
}


@pytest.mark.parametrize("name", DRAWN)
def test_drawn_numbers_are_equal_bit_for_bit(name):
    same_bits(*both(DRAWN[name]))


@pytest.mark.parametrize("shape", [(5, 5), (3, 7), (7, 3), (4, 2, 3)])
def test_orthogonal(shape):
    close(*both(lambda t: t.nn.init.orthogonal_(t.empty(*shape), gain=2)), 1e-4, 1e-5)


def test_a_training_run_prints_the_same_losses():
    def program(library):
        nn = library.nn
        model = nn.Sequential(
            nn.Linear(6, 16), nn.ReLU(), nn.Dropout(0.2), nn.Linear(16, 16), nn.Tanh(),
            nn.Linear(16, 3),
        )  # fmt: skip
        optimizer = library.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
        x = library.randn(32, 6)
        y = library.randint(0, 3, (32,))
        losses = []
        for _ in range(20):
            optimizer.zero_grad()
            loss = nn.functional.cross_entropy(model(x), y)
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            losses.append(f"{loss.item():.4f}")
        return losses

    theirs, ours = both(program)
    assert theirs == ours


def test_backward_hooks_see_the_same():
    def program(library):
        seen = []
        layer = library.nn.Linear(2, 2)
        layer.register_full_backward_pre_hook(lambda module, out: seen.append(("pre", out)))
        layer.register_full_backward_hook(lambda module, i, o: seen.append(("full", i, o)))
        with pytest.warns(UserWarning, match="Full backward hook is firing"):
            layer(library.ones(1, 2)).sum().backward()
        x = library.ones(1, 2, requires_grad=True)
        result = layer(x)
        seen.append(type(result.grad_fn).__name__)
        (result * 2).sum().backward()
        return repr(seen)

    theirs, ours = both(program)
    assert theirs == ours


def test_copies_and_conversions():
    def program(library):
        model = library.nn.Sequential(library.nn.Linear(2, 2), library.nn.Linear(2, 2))
        model[1].weight = model[0].weight  # one parameter under two names
        twin = copy.deepcopy(model).double()
        shared = twin[1].weight is twin[0].weight
        return repr(twin.state_dict()), shared, [n for n, _ in twin.named_parameters()]

    theirs, ours = both(program)
    assert theirs == ours
