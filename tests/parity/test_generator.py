"""Every sampler of the generator against PyTorch's: the same numbers, and the same state after.

May import: core.
"""

import ml_dtypes
import numpy as np
import pytest

from rushlight.core.generator import Generator

torch = pytest.importorskip("torch")

SEEDS = (0, 1, 42, -7, 2**63 + 5)
SIZES = (0, 1, 2, 7, 15, 16, 17, 100, 1000, 100001)
FLOATS = {
    torch.float32: np.dtype(np.float32),
    torch.float64: np.dtype(np.float64),
    torch.float16: np.dtype(np.float16),
    torch.bfloat16: np.dtype(ml_dtypes.bfloat16),
}
INTEGERS = {
    torch.int64: np.dtype(np.int64),
    torch.int32: np.dtype(np.int32),
    torch.int16: np.dtype(np.int16),
    torch.int8: np.dtype(np.int8),
    torch.uint8: np.dtype(np.uint8),
    torch.bool: np.dtype(np.bool_),
}
ALL = {**FLOATS, **INTEGERS}


class Pair:
    """PyTorch's generator and ours, started alike and compared after every draw."""

    def __init__(self, seed):
        self.theirs = torch.Generator().manual_seed(seed)
        self.ours = Generator().manual_seed(seed)

    def check(self, fill, expected_dtype, values, size):
        """`fill` fills a PyTorch tensor in place; `values` is what ours drew."""
        reference = fill(torch.empty(size, dtype=expected_dtype), self.theirs)
        assert values.dtype == ALL[expected_dtype]
        assert values.shape == tuple(reference.shape)
        if expected_dtype == torch.bfloat16:
            reference, values = reference.float(), values.astype(np.float32)
        reference = reference.numpy()
        np.testing.assert_array_equal(values, reference)
        if values.dtype.kind == "f":
            np.testing.assert_array_equal(np.signbit(values), np.signbit(reference))
        self.check_state()

    def check_state(self):
        np.testing.assert_array_equal(self.ours.state_bytes(), self.theirs.get_state().numpy())


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("theirs", FLOATS, ids=str)
def test_uniform(seed, theirs):
    pair = Pair(seed)
    for low, high in ((0, 1), (-1, 1), (-0.3, 0.7), (1 / 3, 1e3), (5, 5), (1, 1 + 2**-20)):
        for size in SIZES:
            pair.check(
                lambda t, g, low=low, high=high: t.uniform_(low, high, generator=g),
                theirs,
                pair.ours.uniform((size,), FLOATS[theirs], low, high),
                (size,),
            )


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("theirs", FLOATS, ids=str)
def test_normal(seed, theirs):
    pair = Pair(seed)
    for mean, std in ((0, 1), (2, 3), (0, 0.02), (1 / 3, 0.7), (-5, 1), (1, 0)):
        for size in SIZES:
            pair.check(
                lambda t, g, mean=mean, std=std: t.normal_(mean, std, generator=g),
                theirs,
                pair.ours.normal((size,), FLOATS[theirs], mean, std),
                (size,),
            )


@pytest.mark.parametrize("theirs", FLOATS, ids=str)
def test_normal_of_a_tensor_that_is_not_contiguous(theirs):
    pair = Pair(3)
    for size in (3, 20, 1001):
        pair.check(
            lambda t, g: torch.empty(2 * len(t), dtype=t.dtype)[::2].normal_(1.5, 0.3, generator=g),
            theirs,
            pair.ours.normal((size,), FLOATS[theirs], 1.5, 0.3, contiguous=False),
            (size,),
        )


def test_shapes():
    pair = Pair(5)
    for shape in ((), (3, 4), (2, 0, 5), (7, 5, 3)):
        values = pair.ours.normal(shape, np.float32)
        pair.check(lambda t, g: t.normal_(generator=g), torch.float32, values, shape)
        values = pair.ours.random_from_to(shape, np.int64, 0, 9)
        pair.check(lambda t, g: t.random_(0, 9, generator=g), torch.int64, values, shape)


@pytest.mark.parametrize("theirs", ALL, ids=str)
def test_random_without_bounds(theirs):
    for seed in SEEDS:
        pair = Pair(seed)
        for size in SIZES:
            values = pair.ours.random((size,), ALL[theirs])
            pair.check(lambda t, g: t.random_(generator=g), theirs, values, (size,))


@pytest.mark.parametrize("theirs", ALL, ids=str)
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_random_between_bounds(theirs):
    pair = Pair(11)
    bounds = [(0, 2), (0, 10), (-5, 100), (0, 200), (-(2**15), 2**15), (0, 2**24), (0, 2**27)]
    bounds += [(0, 2**28 - 1), (0, 2**28), (-(2**31), 2**31), (0, 2**32), (-(2**63), 2**63 - 1)]
    bounds += [(-(2**25) - 1, 2**25 + 3), (0, 2**62), (-(2**40), 2**41 + 1), (7, None), (-3, None)]
    bounds += [(-(2**63), None)]
    tried = 0
    for low, high in bounds:
        try:
            torch.empty(1, dtype=theirs).random_(low, high)
        except RuntimeError as error:
            opening = str(error).splitlines()[0][:20].strip('"')
            with pytest.raises(RuntimeError, match=opening):
                pair.ours.random_from_to((1,), ALL[theirs], low, high)
            continue
        tried += 1
        for size in (1, 16, 1001):
            pair.check(
                lambda t, g, low=low, high=high: t.random_(low, high, generator=g),
                theirs,
                pair.ours.random_from_to((size,), ALL[theirs], low, high),
                (size,),
            )
    assert tried


@pytest.mark.parametrize("seed", SEEDS)
def test_permutation(seed):
    pair = Pair(seed)
    for size in SIZES:
        pair.check(
            lambda t, g: torch.randperm(len(t), generator=g),
            torch.int64,
            pair.ours.permutation(size),
            (size,),
        )


@pytest.mark.parametrize("theirs", (torch.int32, torch.uint8, torch.float16, torch.bfloat16))
def test_permutation_dtypes(theirs):
    pair = Pair(2)
    pair.check(
        lambda t, g: torch.randperm(len(t), generator=g, dtype=t.dtype),
        theirs,
        pair.ours.permutation(200, ALL[theirs]),
        (200,),
    )


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("theirs", ALL, ids=str)
def test_bernoulli_of_a_number(seed, theirs):
    pair = Pair(seed)
    for probability in (0.0, 0.3, 0.5, 0.9, 1.0, 2**-30):
        for size in SIZES:
            pair.check(
                lambda t, g, p=probability: t.bernoulli_(p, generator=g),
                theirs,
                pair.ours.bernoulli((size,), probability, ALL[theirs]),
                (size,),
            )


@pytest.mark.parametrize("theirs", FLOATS, ids=str)
def test_bernoulli_of_a_tensor(theirs):
    pair = Pair(4)
    for size in SIZES:
        probabilities = torch.rand(size, generator=torch.Generator().manual_seed(1)).to(theirs)
        numbers = probabilities.double().numpy().astype(FLOATS[theirs])
        for result in (torch.float32, torch.int64, torch.bool):
            pair.check(
                lambda t, g, p=probabilities: t.bernoulli_(p, generator=g),
                result,
                pair.ours.bernoulli((size,), numbers, ALL[result]),
                (size,),
            )


def test_dropout_mask():
    generator = Generator().manual_seed(9)
    torch.manual_seed(9)
    kept = torch.nn.functional.dropout(torch.ones(1000), 0.3).numpy() > 0
    np.testing.assert_array_equal(generator.bernoulli(1000, 0.7, np.bool_), kept)
    np.testing.assert_array_equal(generator.state_bytes(), torch.get_rng_state().numpy())


SIMPLE = {
    "exponential": (((1.0,), (0.3,), (7.0,)), "exponential_"),
    "log_normal": (((1.0, 2.0), (0.0, 0.25), (800.0, 1.0), (0.3, 0.7)), "log_normal_"),
    "cauchy": (((0.0, 1.0), (0.5, 2.5)), "cauchy_"),
    "geometric": (((0.3,), (0.01,), (0.9,)), "geometric_"),
}


@pytest.mark.parametrize("name", SIMPLE)
@pytest.mark.parametrize("theirs", FLOATS, ids=str)
def test_other_distributions(name, theirs):
    pair = Pair(6)
    cases, method = SIMPLE[name]
    for arguments in cases:
        for size in SIZES:
            pair.check(
                lambda t, g, a=arguments: getattr(t, method)(*a, generator=g),
                theirs,
                getattr(pair.ours, name)((size,), FLOATS[theirs], *arguments),
                (size,),
            )


def test_geometric_integers():
    pair = Pair(6)
    for theirs in (torch.int64, torch.int32):
        values = pair.ours.geometric((1001,), ALL[theirs], 0.2)
        pair.check(lambda t, g: t.geometric_(0.2, generator=g), theirs, values, (1001,))


@pytest.mark.parametrize("theirs", FLOATS, ids=str)
@pytest.mark.parametrize("replacement", (False, True))
def test_multinomial(theirs, replacement):
    source = torch.Generator().manual_seed(12)
    for shape in ((5,), (100,), (3, 40)):
        weights = (torch.rand(shape, generator=source) + 0.01).to(theirs)
        numbers = weights.double().numpy().astype(FLOATS[theirs])
        for count in (1, 2, 5):
            pair = Pair(count)
            reference = torch.multinomial(weights, count, replacement, generator=pair.theirs)
            ours = pair.ours.multinomial(numbers, count, replacement)
            np.testing.assert_array_equal(ours, reference.numpy())
            pair.check_state()


def test_states_move_both_ways():
    pair = Pair(8)
    pair.check_state()  # seeded, nothing drawn
    for count in (1, 3, 623, 624, 625, 1249):
        torch.randn(count, generator=pair.theirs)
        blob = pair.theirs.get_state()
        pair.ours.set_state_bytes(blob.numpy())
        pair.check_state()
        values = pair.ours.normal((5,), np.float64)
        pair.check(lambda t, g: t.normal_(generator=g), torch.float64, values, (5,))
        pair.ours.random32(count)
        pair.theirs.set_state(torch.from_numpy(pair.ours.state_bytes()))
        values = pair.ours.uniform((700,), np.float32)
        pair.check(lambda t, g: t.uniform_(generator=g), torch.float32, values, (700,))


def test_seeds_are_accepted_and_refused_alike():
    for seed in (0, -1, -(2**63), 2**63, 2**64 - 1):
        assert Generator().manual_seed(seed).initial_seed() == (
            torch.Generator().manual_seed(seed).initial_seed()
        )
        Pair(seed).check_state()
    for seed in (2**64, -(2**63) - 1, 1.5, True, "a", None):
        with pytest.raises((RuntimeError, ValueError)) as expected:
            torch.Generator().manual_seed(seed)
        with pytest.raises(expected.type, match=str(expected.value).splitlines()[0]):
            Generator().manual_seed(seed)
    assert Generator().initial_seed() == torch.Generator().initial_seed()


BAD_ARGUMENTS = {
    "uniform_": ("uniform", [(2, 1), (0, 1e39), (-3e38, 3e38), (0, float("nan"))]),
    "normal_": ("normal", [(0, -1)]),
    "exponential_": ("exponential", [(0,), (-1,)]),
    "geometric_": ("geometric", [(0,), (1,)]),
    "log_normal_": ("log_normal", [(0, 0)]),
    "cauchy_": ("cauchy", [(0, 0), (0, -1)]),
    "random_": ("random_from_to", [(5, 5), (5, 4)]),
}


@pytest.mark.parametrize("method", BAD_ARGUMENTS)
def test_bad_arguments_are_refused_alike(method):
    name, cases = BAD_ARGUMENTS[method]
    for arguments in cases:
        with pytest.raises(RuntimeError) as expected:
            getattr(torch.empty(3), method)(*arguments)
        opening = str(expected.value).splitlines()[0][:30]
        ours = Generator()
        before = ours.state_bytes()
        with pytest.raises(RuntimeError) as found:
            getattr(ours, name)((3,), np.float32, *arguments)
        assert opening in str(found.value)
        np.testing.assert_array_equal(ours.state_bytes(), before)


def test_bad_multinomials_are_refused_alike():
    weights = ([0.5, -0.5], [0.0, 0.0], [1.0, float("inf")], [1.0, float("nan")])
    cases = [(row, 1, replacement) for row in weights for replacement in (False, True)]
    cases += [([0.5, 0.5], 3, False), ([0.5, 0.5], 0, False), ([[[1.0]]], 1, True)]
    for row, count, replacement in cases:
        with pytest.raises(RuntimeError) as expected:
            torch.multinomial(torch.tensor(row), count, replacement)
        opening = str(expected.value).splitlines()[0][:30]
        with pytest.raises(RuntimeError) as found:
            Generator().multinomial(np.array(row, np.float32), count, replacement)
        assert opening in str(found.value)
