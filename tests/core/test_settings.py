"""Switches keep what they are told and refuse what PyTorch refuses.

May import: everything.
"""

import pytest

import rushlight as torch


def test_determinism():
    assert torch.get_deterministic_debug_mode() == 0
    try:
        torch.use_deterministic_algorithms(True, warn_only=True)
        assert torch.is_deterministic_algorithms_warn_only_enabled()
        assert torch.get_deterministic_debug_mode() == 1
        torch.set_deterministic_debug_mode("error")
        assert torch.are_deterministic_algorithms_enabled()
        assert not torch.is_deterministic_algorithms_warn_only_enabled()
    finally:
        torch.set_deterministic_debug_mode(0)
    assert not torch.are_deterministic_algorithms_enabled()
    with pytest.raises(TypeError, match="must be bool, not int"):
        torch.use_deterministic_algorithms(1)
    for wrong in ("loud", 5):
        with pytest.raises(RuntimeError, match="invalid value of debug_mode"):
            torch.set_deterministic_debug_mode(wrong)


def test_precision_of_products():
    assert torch.get_float32_matmul_precision() == "highest"
    torch.set_float32_matmul_precision("medium")
    with pytest.warns(UserWarning, match="is not one of"):
        torch.set_float32_matmul_precision("low")
    assert torch.get_float32_matmul_precision() == "medium"
    torch.set_float32_matmul_precision("highest")


def test_threads_and_warnings():
    before = torch.get_num_interop_threads()
    torch.set_num_interop_threads(3)
    assert torch.get_num_interop_threads() == 3
    torch.set_num_interop_threads(before)
    with pytest.raises(RuntimeError, match="positive integer"):
        torch.set_num_interop_threads(0)
    with pytest.raises(TypeError, match="expects an int"):
        torch.set_num_interop_threads("1")
    torch.set_warn_always(True)
    assert torch.is_warn_always_enabled()
    torch.set_warn_always(False)
    assert torch.set_flush_denormal(True) is False
