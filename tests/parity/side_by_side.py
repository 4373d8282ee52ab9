"""Runs one program in PyTorch and in rushlight and holds what it shows, or its error, together.

May import: everything.
"""

import warnings

import pytest

import rushlight


def programs(text):
    """The programs in a text, which empty lines part, as parameters of a test."""
    return [pytest.param(part, id=part.replace("\n", "; ")) for part in text.strip().split("\n\n")]


def shown(library, program, before=""):
    """("OK", what `r` is printed as), or the error's type and message."""
    names = {"t": library}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            exec(before + program, names)
        except Exception as error:
            return type(error).__name__, str(error)
        finally:
            library.set_grad_enabled(True)
    return "OK", repr(names.get("r"))


def check(library, program, before=""):
    """The same result; or the same type of error, and the first words of its message."""
    kind, text = shown(library, program, before)
    our_kind, our_text = shown(rushlight, program, before)
    assert our_kind == kind, f"{our_kind}: {our_text}\n{kind}: {text}"
    if kind == "OK":
        assert our_text == text
    else:
        assert our_text[: len(text)][:40] == text[:40]
