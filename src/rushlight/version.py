"""The version, in one place: which release of rushlight this is, and which PyTorch it follows.

`torch.__version__` is what programs compare to learn which API they have, so it names PyTorch's
level first and our release after the plus, the way PyTorch's own builds say `2.13.0+cpu`.
The package's version on an index is `RELEASE` alone.

May import: nothing.
"""

__all__ = [
    "API_LEVEL",
    "RELEASE",
    "TorchVersion",
    "__version__",
    "cuda",
    "debug",
    "git_version",
    "hip",
]

RELEASE = "0.1.0"
API_LEVEL = "2.13.0"


def _leading_number(text: str) -> str:
    digits = len(text) - len(text.lstrip("0123456789"))
    return text[:digits]


def _sort_key(version) -> tuple:
    """The release numbers, without trailing zeros, then whether a local part follows a plus."""
    if not isinstance(version, str):
        version = ".".join(str(part) for part in version)
    release, plus, _ = version.partition("+")
    numbers = []
    for part in release.split("."):
        digits = _leading_number(part)
        if not digits:
            break
        numbers.append(int(digits))
    while numbers and numbers[-1] == 0:
        numbers.pop()
    return tuple(numbers), bool(plus)


class TorchVersion(str):
    """A version text that orders by number, against text or tuples, as PyTorch's does.

    Equality is that of text, so a release differs from a build of it: "2.13.0+x" > "2.13.0".
    Raises TypeError against anything but text and tuples.

    >>> version = torch.version.TorchVersion("2.13.0+rushlight0.1.0")
    >>> version >= "2.4", version >= (2, 13), version < (3, 0), version == "2.13.0"
    (True, True, True, False)
    """

    __slots__ = ()

    def __lt__(self, other):
        return _sort_key(self) < _sort_key(other)

    def __le__(self, other):
        return _sort_key(self) <= _sort_key(other)

    def __gt__(self, other):
        return _sort_key(self) > _sort_key(other)

    def __ge__(self, other):
        return _sort_key(self) >= _sort_key(other)


__version__ = TorchVersion(f"{API_LEVEL}+rushlight{RELEASE}")
cuda = None
hip = None
debug = False
git_version = None
