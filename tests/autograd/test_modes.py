"""no_grad, enable_grad, set_grad_enabled: as blocks, decorators, in threads and generators.

May import: everything.
"""

import threading

import pytest

import rushlight as torch

X = torch.ones(2, requires_grad=True)


def recording():
    assert (X * 2).requires_grad is torch.is_grad_enabled()
    return torch.is_grad_enabled()


def test_blocks():
    assert recording()
    with torch.no_grad():
        assert not recording()
        with torch.enable_grad():
            assert recording()
            with torch.set_grad_enabled(False):
                assert not recording()
            assert recording()
        assert not recording()
    assert recording()


def test_results_inside_no_grad_are_leaves():
    with torch.no_grad():
        y = X * 2
        z = torch.ones(2, requires_grad=True)
        parameter = torch.nn.Parameter(torch.ones(1))
    assert y.is_leaf
    assert y.grad_fn is None
    assert z.requires_grad
    assert parameter.requires_grad


def test_an_error_puts_the_mode_back():
    for block in (torch.no_grad, torch.enable_grad, lambda: torch.set_grad_enabled(False)):
        with pytest.raises(KeyError), block():
            raise KeyError
        assert recording()


def test_one_block_entered_twice():
    block = torch.no_grad()
    with block:
        with block:
            assert not recording()
        assert not recording()
    assert recording()


def test_set_grad_enabled_acts_at_once():
    torch.set_grad_enabled(False)
    try:
        assert not recording()
    finally:
        torch.set_grad_enabled(True)
    assert recording()
    with pytest.raises(TypeError, match=r"argument 'enabled' .* must be bool, not int"):
        torch.set_grad_enabled(1)
    with pytest.raises(TypeError):
        torch.set_grad_enabled()
    assert recording()


@pytest.mark.parametrize(
    "decorator, mode",
    [
        (torch.no_grad(), False),
        (torch.no_grad, False),
        (torch.enable_grad(), True),
        (torch.enable_grad, True),
    ],
)
@pytest.mark.parametrize("outside", [True, False])
def test_decorators(decorator, mode, outside):
    @decorator
    def function(a, *, b=1):
        """What it does."""
        return recording(), a, b

    with torch.set_grad_enabled(outside):
        assert function(2, b=3) == (mode, 2, 3)
        assert recording() is outside
    assert function.__name__ == "function"
    assert function.__doc__ == "What it does."


def test_set_grad_enabled_as_a_decorator():
    @torch.set_grad_enabled(False)
    def function():
        return recording()

    assert recording()
    assert function() is False
    assert recording()


def test_decorated_methods_and_recursion():
    class Model:
        @torch.no_grad()
        def count(self, n):
            return 0 if n == 0 else 1 + self.count(n - 1) + recording()

    assert Model().count(5) == 5
    assert recording()


def test_generators_run_in_their_mode_and_leave_ours():
    log = []

    @torch.no_grad()
    def numbers():
        try:
            got = yield recording()
            log.append(got)
            try:
                yield recording()
            except LookupError:
                yield "caught", recording()
            return "end"
        finally:
            log.append(recording())

    def delegating():
        log.append((yield from numbers()))

    generator = delegating()
    assert next(generator) is False
    assert recording()
    assert generator.send("sent") is False
    assert recording()
    assert generator.throw(LookupError) == ("caught", False)
    assert recording()
    with pytest.raises(StopIteration):
        next(generator)
    assert log == ["sent", False, "end"]
    closed = numbers()
    next(closed)
    closed.close()
    assert log[-1] is False
    assert recording()


def test_threads_have_modes_of_their_own():
    seen = []
    with torch.no_grad():
        thread = threading.Thread(target=lambda: seen.append(recording()))
        thread.start()
        thread.join()
        assert not recording()
    assert seen == [True]


def test_backward_under_no_grad():
    x = torch.ones(2, requires_grad=True)
    y = (x * x).sum()
    with torch.no_grad():
        y.backward()
    assert x.grad.tolist() == [2, 2]
    assert not x.grad.requires_grad
