"""Apple's GPU, which is not used.

May import: nothing.
"""


def is_available() -> bool:
    """False: rushlight computes on the CPU.

    >>> torch.backends.mps.is_available()
    False
    """
    return False


def is_built() -> bool:
    """False: there is nothing built for it."""
    return False
