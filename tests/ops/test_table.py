"""`python -m rushlight.ops`: the op table, gradients and kernels as their files have them.

May import: everything.
"""

import subprocess
import sys

import pytest

from rushlight.ops.__main__ import main
from rushlight.ops.op import REGISTRY
from rushlight.ops.source import source_of


def printed(capsys, *arguments):
    main(list(arguments))
    return capsys.readouterr().out


def test_the_table_has_a_line_for_every_op():
    command = [sys.executable, "-m", "rushlight.ops"]
    lines = subprocess.check_output(command, text=True).splitlines()
    # a module of nn registers one more, and is loaded here alone
    assert {line.split()[0] for line in lines[1:]} == set(REGISTRY)
    assert lines[0].split()[0] == "name"


def test_a_line_tells_kind_inputs_and_node(capsys):
    lines = printed(capsys, "a[dt]d*").splitlines()
    assert "add".ljust(5) in lines[1]
    by_name = {line.split()[0]: line for line in lines}
    assert by_name["add"].split() == ["add", "elementwise", "input',", "other'", "AddBackward0"]


def test_a_view_and_an_op_without_gradient(capsys):
    assert printed(capsys, "transpose").splitlines()[1].split()[1] == "view"
    assert "'" not in printed(capsys, "logical_not").splitlines()[1]


def test_show_vjp(capsys):
    assert printed(capsys, "tanh", "--show", "vjp").startswith("atanh\n    input: lambda g")
    text = printed(capsys, "mul", "--show", "vjp")
    assert "mul\n    input: lambda g, other: g * other.conj()" in text
    assert "    other: lambda g, input: g * input.conj()" in text


def test_every_gradient_and_kernel_has_its_own_text(capsys):
    for show in ("vjp", "kernel"):
        text = printed(capsys, "--show", show)
        assert len(text.splitlines()) > len(REGISTRY) if show == "kernel" else text
    for op in REGISTRY.values():
        for vjp in op.vjps:
            if vjp is not None:
                arguments = vjp.__code__.co_varnames[: vjp.__code__.co_argcount]
                text = source_of(vjp)
                assert text.startswith(("lambda ", "def ", "@")), op
                assert all(name in text for name in arguments), (op, text)


def test_show_kernel_gives_the_formula_of_an_elementwise_op(capsys):
    assert "lambda input: s.tanh(input)" in printed(capsys, "tanh", "--show", "kernel")


def test_two_functions_on_a_line_are_told_apart():
    first, second = lambda x: x + 1, lambda x: x * 2  # fmt: skip
    assert source_of(first) == "lambda x: x + 1"
    assert source_of(second) == "lambda x: x * 2"


def test_a_pattern_that_matches_nothing(capsys):
    with pytest.raises(SystemExit):
        main(["no_such_op"])
    assert "no op is called 'no_such_op'" in capsys.readouterr().err
