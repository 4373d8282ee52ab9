"""Steps of every optimizer against values of PyTorch 2.13, and what steps leave alone.

May import: everything.
"""

import pytest

import rushlight as torch

# optimizer, settings, and the parameter after steps 1, 2 and 5 of the program below
CASES = [
    ("SGD", {"lr": 0.1}, [[0.5, -0.1, -1.5], [0.6, 0.18, 1.4], [1.3192, 0.59344, -0.3448]]),
    ("SGD", {"lr": 0.1, "momentum": 0.9}, [[0.5, -0.1, -1.5], [0.6, 0.99, -1.75], [1.9933,
     0.41839, -0.61525]]),
    ("SGD", {"lr": 0.1, "momentum": 0.9, "dampening": 0.3}, [[0.5, -0.1, -1.5], [0.57, 0.906,
     -2.62], [1.61712832, 0.988538224, 2.09559872]]),
    ("SGD", {"lr": 0.1, "momentum": 0.9, "nesterov": True}, [[0.5, 0.71, -4.65], [0.69, 0.7398,
     8.798], [2.29538752, 0.7062553456, -59.27267238]]),
    ("SGD", {"lr": 0.1, "weight_decay": 0.03}, [[0.4985, -0.097, -1.506], [0.5973045, 0.180891,
     1.409318], [1.311755016, 0.5918256792, -0.357476267]]),
    ("SGD", {"lr": 0.01, "momentum": 0.7, "weight_decay": 0.03, "maximize": True, "dampening":
     0.1}, [[0.49985, -1.0897, 2.3494], [0.4906073405, -1.248654181, 2.955948462],
     [0.3516587405, -2.161382187, 6.634100916]]),
    ("SGD", {"lr": 0.1, "momentum": 0.9, "nesterov": True, "weight_decay": 0.3}, [[0.4715,
     0.767, -4.764], [0.6333045, 0.690741, 9.296828], [2.097358161, 0.6900052162,
     -68.79489592]]),
    ("Adam", {"lr": 0.1}, [[0.5, -0.9000000001, 1.9], [0.5744136813, -0.7999487541,
     1.800303726], [0.8368239277, -0.4991685757, 1.50567686]]),
    ("Adam", {"lr": 0.01, "betas": (0.8, 0.95), "eps": 0.001}, [[0.5, -0.990001111,
     1.990000286], [0.5077470929, -0.9799724728, 1.980016705], [0.5353203516, -0.9495526937,
     1.950278351]]),
    ("Adam", {"lr": 0.01, "weight_decay": 0.1}, [[0.490000002, -0.99, 1.99], [0.4970871272,
     -0.9799865032, 1.980010349], [0.5228721195, -0.9497817117, 1.950179634]]),
    ("Adam", {"lr": 0.01, "amsgrad": True}, [[0.5, -0.99, 1.99], [0.5074413681, -0.9799864821,
     1.980010407], [0.533478819, -0.9497811046, 1.950180691]]),
    ("Adam", {"lr": 0.01, "amsgrad": True, "maximize": True, "weight_decay": 0.2},
     [[0.490000001, -1.01, 2.01], [0.4819915361, -1.020013424, 2.019993011], [0.4554754522,
     -1.050223854, 2.0498803]]),
    ("AdamW", {"lr": 0.1}, [[0.4995, -0.8990000001, 1.898], [0.5734141813, -0.7980515526,
     1.796410966], [0.8338471248, -0.4952035188, 1.496794186]]),
    ("AdamW", {"lr": 0.01, "betas": (0.8, 0.95), "eps": 0.001}, [[0.49995, -0.989901111,
     1.989800286], [0.507647099, -0.9797734975, 1.97961778], [0.5350654115, -0.9490630435,
     1.949289502]]),
    ("AdamW", {"lr": 0.01, "weight_decay": 0.1}, [[0.4995, -0.989, 1.988], [0.5064418681,
     -0.977997497, 1.976022777], [0.530936179, -0.9448915991, 1.940307089]]),
    ("AdamW", {"lr": 0.01, "amsgrad": True}, [[0.49995, -0.9899, 1.9898], [0.5073413731,
     -0.9797874935, 1.979611464], [0.5332241025, -0.9492912632, 1.949191539]]),
    ("AdamW", {"lr": 0.01, "amsgrad": True, "maximize": True, "weight_decay": 0.2}, [[0.499,
     -1.008, 2.006], [0.4905606319, -1.015997512, 2.011980439], [0.4616792988, -1.040063522,
     2.029750594]]),
    ("RMSprop", {}, [[0.5, -0.9000000011, 1.9], [0.59999999, -0.8283411741, 1.832110254],
     [0.8386989824, -0.6648453737, 1.694569693]]),
    ("RMSprop", {"lr": 0.1, "alpha": 0.9, "eps": 0.001}, [[0.5, -0.6838833061, 1.683800803],
     [0.8152309183, -0.4757009635, 1.478653484], [1.541153327, -0.02050810597, 1.089970654]]),
    ("RMSprop", {"momentum": 0.9}, [[0.5, -0.9000000011, 1.9], [0.59999999, -0.7383411751,
     1.742110254], [1.295145991, -0.06027070293, 1.111063846]]),
    ("RMSprop", {"centered": True}, [[0.5, -0.8994962196, 1.899496219], [0.6005037714,
     -0.8271290828, 1.830932346], [0.8422747021, -0.6605080047, 1.690801135]]),
    ("RMSprop", {"centered": True, "momentum": 0.5, "weight_decay": 0.1, "maximize": True},
     [[0.3994964205, -1.10050378, 2.100503781], [0.2487811102, -1.228548142, 2.223163642],
     [-0.2395240216, -1.614835099, 2.566199605]]),
    ("Adagrad", {}, [[0.5, -0.99, 1.99], [0.51, -0.9825938465, 1.983051195], [0.5342249191,
     -0.9654327479, 1.968566622]]),
    ("Adagrad", {"lr": 0.1, "lr_decay": 0.1}, [[0.5, -0.9, 1.9], [0.5909090909, -0.8350150886,
     1.838449406], [0.7763948644, -0.7080219763, 1.731496002]]),
    ("Adagrad", {"weight_decay": 0.1, "initial_accumulator_value": 0.3, "eps": 0.001},
     [[0.499092559, -0.9900191595, 1.990001494], [0.5077433012, -0.9826232986, 1.983052657],
     [0.5316635737, -0.9654876423, 1.968564695]]),
    ("Adagrad", {"maximize": True}, [[0.5, -1.01, 2.01], [0.49, -1.017459377, 2.016986763],
     [0.4656957073, -1.034804666, 2.031646769]]),
    ("Adadelta", {}, [[0.5, -0.9968377225, 1.996837722], [0.5031622618, -0.9934402734,
     1.993640828], [0.517731933, -0.9817269495, 1.9841908]]),
    ("Adadelta", {"lr": 0.3, "rho": 0.8, "eps": 0.001, "weight_decay": 0.1, "maximize": True},
     [[0.4877525513, -1.021212534, 2.02121316], [0.4633317425, -1.044744284, 2.043393992],
     [0.3516325925, -1.129208816, 2.112623032]]),
    ("Adamax", {}, [[0.5, -0.998, 1.998], [0.5010526316, -0.9960933704, 1.996029187],
     [0.5043161394, -0.9907584827, 1.990302712]]),
    ("Adamax", {"lr": 0.1, "betas": (0.8, 0.95), "eps": 0.001, "weight_decay": 0.1},
     [[0.4019607843, -0.9000109878, 1.900002841], [0.4555474467, -0.8009310522, 1.79941085],
     [0.6383147153, -0.508476809, 1.499867423]]),
    ("NAdam", {"lr": 0.05, "betas": (0.8, 0.95), "eps": 0.001, "momentum_decay": 0.1}, [[0.5,
     -0.9451942494, 1.945189726], [0.5556904892, -0.9007477519, 1.90283985], [0.7308088108,
     -0.7638708928, 1.782452953]]),
    ("NAdam", {"lr": 0.05, "weight_decay": 0.1, "maximize": True}, [[0.447177421, -1.05282259,
     2.05282259], [0.3948407628, -1.094453259, 2.09197961], [0.236260472, -1.219776814,
     2.20136658]]),
    ("NAdam", {"lr": 0.05, "weight_decay": 0.1, "decoupled_weight_decay": True}, [[0.4975,
     -0.9421774105, 1.93717741], [0.5472615227, -0.897293037, 1.889415704], [0.6960081289,
     -0.7659433377, 1.759315167]]),
    ("RAdam", {"lr": 0.05, "betas": (0.8, 0.9), "eps": 0.001, "weight_decay": 0.1}, [[0.4975,
     -0.545, 0.24], [0.5229236111, -0.1645972222, -0.6073333333], [0.7718377698, 0.6078082272,
     -0.2698279345]]),
    ("RAdam", {"weight_decay": 0.1, "decoupled_weight_decay": True, "maximize": True}, [[0.49995,
     -1.0089, 2.0348], [0.4993736366, -1.018362899, 2.069399888], [0.4943085328, -1.050332569,
     2.171919991]]),
    ("Rprop", {}, [[0.5, -0.99, 1.99], [0.51, -0.978, 1.978], [0.55368, -0.925584, 1.925584]]),
    ("Rprop", {"lr": 0.3, "etas": (0.3, 1.6), "step_sizes": (0.01, 0.5), "maximize": True}, [[0.5,
     -1.3, 2.3], [0.2, -1.78, 2.78], [-1.28, -3.28, 4.28]]),
    ("ASGD", {"lr": 0.1, "lambd": 0.1, "alpha": 0.5, "t0": 4, "weight_decay": 0.1},
     [[0.4899999999, -0.07999998629, -1.540000053], [0.5817424282, 0.1842818784, 1.447897696],
     [1.261362662, 0.5799899157, -0.3569472759]]),
    ("Adafactor", {"lr": 0.1}, [[0.5, -0.8677124344, 1.867712434], [0.6464084639, -0.7570632226,
     1.761721587], [1.071784995, -0.4484461371, 1.495623337]]),
    ("Adafactor", {"lr": 0.3, "beta2_decay": -0.5, "eps": (1e-06, 0.1), "d": 2.0, "weight_decay":
     0.1, "maximize": True}, [[0.485, -1.366862697, 2.336862697], [-0.09605958315, -1.842892409,
     2.760565031], [-2.911942606, -4.270473697, 4.967340091]]),
]  # fmt: skip
RATES = {"RMSprop": 0.01}  # whose first step is ten times the rate
NAMES = ["Adagrad", "Adam", "AdamW", "RMSprop", "SGD"]


@pytest.mark.parametrize("name, settings, expected", CASES)
def test_steps(name, settings, expected):
    w = torch.tensor([0.5, -1.0, 2.0], dtype=torch.float64, requires_grad=True)
    scale = torch.tensor([1.0, -2.0, 3.0], dtype=torch.float64)
    optimizer = getattr(torch.optim, name)([w], **settings)
    seen = []
    for number in range(5):
        optimizer.zero_grad()
        ((w * scale) ** 2 - w * (number + 1)).sum().backward()
        optimizer.step()
        if number in (0, 1, 4):
            seen.append(w.tolist())
    assert seen == [pytest.approx(values, rel=1e-9) for values in expected]


each_optimizer = pytest.mark.parametrize("name", NAMES)


def stepped(name, gradient, *, w=None, **settings):
    """An optimizer after one step along that gradient, and its parameter."""
    w = torch.ones(2, requires_grad=True) if w is None else w
    optimizer = getattr(torch.optim, name)([w], lr=RATES.get(name, 0.1), **settings)
    w.grad = gradient
    optimizer.step()
    return optimizer, w


@each_optimizer
def test_the_parameter_stays_itself_and_a_leaf(name):
    w = torch.ones(2, requires_grad=True)
    memory, version = w.data_ptr(), w._version
    stepped(name, torch.ones(2), w=w)
    assert w.data_ptr() == memory
    assert w._version > version
    assert w.is_leaf
    assert w.requires_grad
    assert w.grad.tolist() == [1, 1]


@each_optimizer
@pytest.mark.parametrize("settings", [{"weight_decay": 0.1}, {"maximize": True}])
def test_the_gradient_is_not_changed(name, settings):
    _, w = stepped(name, torch.tensor([1.0, -2.0]), **settings)
    assert w.grad.tolist() == [1, -2]


@each_optimizer
def test_a_parameter_without_gradient_is_left_alone(name):
    v, w = torch.ones(2, requires_grad=True), torch.ones(2, requires_grad=True)
    optimizer = getattr(torch.optim, name)([v, w], lr=0.1)
    w.grad = torch.ones(2)
    optimizer.step()
    assert v.tolist() == [1, 1]
    assert w.tolist() != [1, 1]
    if name != "Adagrad":
        assert v not in optimizer.state


@each_optimizer
def test_maximize_goes_the_other_way(name):
    _, down = stepped(name, torch.tensor([1.0, -2.0]), weight_decay=0)
    _, up = stepped(name, torch.tensor([1.0, -2.0]), weight_decay=0, maximize=True)
    assert (up - 1).tolist() == pytest.approx((1 - down).tolist(), rel=1e-5)


@each_optimizer
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64])
def test_dtypes_of_parameter_and_state(name, dtype):
    w = torch.ones(3, dtype=dtype, requires_grad=True)
    optimizer, w = stepped(name, torch.full((3,), 0.5, dtype=dtype), w=w)
    assert w.dtype is dtype
    assert 0.8 < w[0].item() < 1
    for key, value in optimizer.state[w].items():
        assert value is None or value.dtype is (torch.float32 if key == "step" else dtype)


@each_optimizer
@pytest.mark.parametrize(
    "make",
    [
        lambda: torch.ones(()),
        lambda: torch.ones(0, 3),
        lambda: torch.ones(3, 2).t(),
        lambda: torch.ones(2, 2)[:, 0],
    ],
)
def test_shapes_and_strides(name, make):
    w = make().requires_grad_()
    _, w = stepped(name, torch.full(tuple(w.shape), 0.5), w=w)
    assert bool((w < 1).all())


@each_optimizer
def test_a_complex_parameter_steps_by_its_parts(name):
    w = torch.tensor([1 + 2j, -1j], dtype=torch.complex128, requires_grad=True)
    parts = torch.tensor([[1.0, 2.0], [0.0, -1.0]], dtype=torch.float64, requires_grad=True)
    first = getattr(torch.optim, name)([w], lr=0.1)
    second = getattr(torch.optim, name)([parts], lr=0.1)
    for _ in range(3):
        w.grad = torch.tensor([0.5 - 1j, 2.0], dtype=torch.complex128)
        parts.grad = torch.tensor([[0.5, -1.0], [2.0, 0.0]], dtype=torch.float64)
        first.step()
        second.step()
    got = [[z.real, z.imag] for z in w.tolist()]
    assert got == [pytest.approx(row) for row in parts.tolist()]


@each_optimizer
def test_a_rate_can_be_changed_between_steps_and_be_a_tensor(name):
    w = torch.ones(2, requires_grad=True)
    optimizer = getattr(torch.optim, name)([w], lr=torch.tensor(0.1), weight_decay=0)
    w.grad = torch.ones(2)
    optimizer.step()
    assert w.tolist() != [1, 1]
    before = w.tolist()
    optimizer.param_groups[0]["lr"] = 0.0
    optimizer.step()
    assert w.tolist() == before


def test_groups_have_settings_of_their_own():
    v, w = torch.ones(1, requires_grad=True), torch.ones(1, requires_grad=True)
    optimizer = torch.optim.SGD([{"params": [v]}, {"params": [w], "lr": 0.5}], lr=0.25)
    v.grad, w.grad = torch.ones(1), torch.ones(1)
    optimizer.step()
    assert (v.item(), w.item()) == (0.75, 0.5)


def test_nothing_is_recorded_by_a_step():
    w = torch.ones(2, requires_grad=True)
    optimizer = torch.optim.Adam([w])
    (w * w).sum().backward(create_graph=True)
    optimizer.step()
    assert w.grad_fn is None
    assert optimizer.state[w]["exp_avg"].grad_fn is None


def test_a_step_between_forward_and_backward_is_seen():
    w = torch.ones(2, requires_grad=True)
    optimizer = torch.optim.SGD([w], lr=0.1)
    loss = (w * w).sum()
    w.grad = torch.ones(2)
    optimizer.step()
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        loss.backward()


def test_a_sequence_of_steps_finds_the_minimum():
    for name, rate in (
        ("SGD", 0.1),
        ("Adam", 0.1),
        ("AdamW", 0.1),
        ("RMSprop", 0.05),
        ("Adagrad", 1),
    ):
        w = torch.tensor([5.0, -3.0], requires_grad=True)
        options = {"weight_decay": 0} if name == "AdamW" else {}
        optimizer = getattr(torch.optim, name)([w], lr=rate, **options)
        for _ in range(400):
            optimizer.zero_grad()
            ((w - torch.tensor([1.0, 2.0])) ** 2).sum().backward()
            optimizer.step()
        assert w.tolist() == pytest.approx([1, 2], abs=0.05), name
