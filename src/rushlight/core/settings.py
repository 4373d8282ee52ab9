"""Switches that programs set before they start: determinism, precision of products, warnings.

rushlight computes the same bits each time, and float32 in float32; what is asked for here is
therefore given already. The answers are kept so that a program reads back what it set.
May import: core.
"""

import warnings

from . import state

__all__ = [
    "are_deterministic_algorithms_enabled",
    "get_deterministic_debug_mode",
    "get_float32_matmul_precision",
    "get_num_interop_threads",
    "is_deterministic_algorithms_warn_only_enabled",
    "is_warn_always_enabled",
    "set_deterministic_debug_mode",
    "set_float32_matmul_precision",
    "set_flush_denormal",
    "set_num_interop_threads",
    "set_warn_always",
    "use_deterministic_algorithms",
]

PRECISIONS = ("highest", "high", "medium")
MODES = ("default", "warn", "error")


def use_deterministic_algorithms(mode: bool, *, warn_only: bool = False) -> None:
    """Asks for the same bits each time, which is what there is anyhow. TypeError but for a bool.

    >>> torch.use_deterministic_algorithms(True)
    >>> torch.are_deterministic_algorithms_enabled()
    True
    >>> torch.use_deterministic_algorithms(False)
    """
    if not isinstance(mode, bool):
        raise TypeError(
            "use_deterministic_algorithms(): argument 'mode' (position 1) must be bool, not "
            f"{type(mode).__name__}"
        )
    state.shared.deterministic = (1 if warn_only else 2) if mode else 0


def are_deterministic_algorithms_enabled() -> bool:
    """Whether a program asked for the same bits each time.

    >>> torch.are_deterministic_algorithms_enabled()
    False
    """
    return state.shared.deterministic > 0


def is_deterministic_algorithms_warn_only_enabled() -> bool:
    """Whether it asked for a warning where there would be others.

    >>> torch.is_deterministic_algorithms_warn_only_enabled()
    False
    """
    return state.shared.deterministic == 1


def get_deterministic_debug_mode() -> int:
    """0, 1 or 2: nothing, a warning, or an error was asked for.

    >>> torch.get_deterministic_debug_mode()
    0
    """
    return state.shared.deterministic


def set_deterministic_debug_mode(debug_mode: int | str) -> None:
    """`use_deterministic_algorithms` in one word: "default", "warn", "error", or 0, 1, 2.

    >>> torch.set_deterministic_debug_mode("default")
    """
    if isinstance(debug_mode, str):
        if debug_mode not in MODES:
            raise RuntimeError(
                "invalid value of debug_mode, expected one of `default`, `warn`, `error`, but got "
                f"{debug_mode}"
            )
        debug_mode = MODES.index(debug_mode)
    if debug_mode not in (0, 1, 2):
        raise RuntimeError(
            f"invalid value of debug_mode, expected 0, 1, or 2, but got {debug_mode}"
        )
    state.shared.deterministic = debug_mode


def get_float32_matmul_precision() -> str:
    """The precision asked for in products of float32 matrices.

    >>> torch.get_float32_matmul_precision()
    'highest'
    """
    return state.shared.matmul_precision


def set_float32_matmul_precision(precision: str) -> None:
    """Allows less than float32 in products of float32 matrices; none is used here.

    Another word than "highest", "high" or "medium" is warned of.

    >>> torch.set_float32_matmul_precision("highest")
    """
    if precision not in PRECISIONS:
        warnings.warn(
            f"{precision} is not one of 'highest', 'high', or 'medium'; the current "
            "setFloat32MatmulPrecision call has no effect.",
            UserWarning,
            stacklevel=2,
        )
        return
    state.shared.matmul_precision = precision


def get_num_interop_threads() -> int:
    """The number of operations that may run side by side: it is kept, and one runs at a time.

    >>> torch.get_num_interop_threads() >= 1
    True
    """
    return state.shared.interop_threads


def set_num_interop_threads(number: int) -> None:
    """Sets what `get_num_interop_threads` says. TypeError but for an int, RuntimeError below 1.

    >>> torch.set_num_interop_threads(1)
    """
    if not isinstance(number, int) or isinstance(number, bool):
        raise TypeError(f"set_num_interop_threads expects an int, but got {type(number).__name__}")
    if number < 1:
        raise RuntimeError(f"set_num_interop_threads expects a positive integer, but got {number}")
    state.shared.interop_threads = number


def set_flush_denormal(mode: bool) -> bool:
    """False: NumPy decides what becomes of the smallest floats, and keeps them.

    >>> torch.set_flush_denormal(True)
    False
    """
    return False


def set_warn_always(mode: bool) -> None:
    """Kept for `is_warn_always_enabled`: Python's own filters say which warnings are shown.

    >>> torch.set_warn_always(False)
    """
    state.shared.warn_always = bool(mode)


def is_warn_always_enabled() -> bool:
    """What `set_warn_always` was told.

    >>> torch.is_warn_always_enabled()
    False
    """
    return state.shared.warn_always
