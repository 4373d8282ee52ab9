"""Switches of cuDNN; setting them changes nothing, for results here are always deterministic.

May import: nothing.
"""

benchmark = False
deterministic = True
enabled = False


def is_available() -> bool:
    """False: there is no cuDNN.

    >>> torch.backends.cudnn.is_available()
    False
    """
    return False
