"""The Mersenne Twister under PyTorch's seeds and in PyTorch's state layout.

NumPy's MT19937 draws the 32-bit words; this file seeds it, and reads and writes the 5056-byte
state in which PyTorch keeps a CPU generator, so that states move between the two libraries.
May import: nothing.
"""

import os
from typing import Any

import numpy as np

DEFAULT_SEED = 67280421310721
STATE_WORDS = 624
STATE_BYTES = 5056

# One record of what torch.get_rng_state() returns: a C struct, padded as a C compiler pads it.
# The words are 32 bits wide but stand in 64-bit slots.
STATE_LAYOUT = np.dtype(
    {
        "names": [
            "seed",
            "left",
            "seeded",
            "next",
            "words",
            "normal",
            "has_normal",
            "float_normal",
            "has_float_normal",
        ],
        "formats": ["<u8", "<i4", "<i4", "<u8", ("<u8", STATE_WORDS), "<f8", "<i4", "<f4", "u1"],
        "offsets": [0, 8, 12, 16, 24, 5024, 5040, 5048, 5052],
        "itemsize": STATE_BYTES,
    }
)


def checked_seed(seed: Any) -> int:
    """The seed as an unsigned 64-bit number; negative seeds wrap, as in PyTorch."""
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer):
        raise RuntimeError(f"manual_seed expected a long, but got {type(seed).__name__}")
    number = int(seed)
    if not -(2**63) <= number < 2**64:
        raise ValueError(
            f"Overflow when unpacking long long: the seed {number} is outside "
            "[-0x8000_0000_0000_0000, 0xffff_ffff_ffff_ffff]"
        )
    return number % 2**64


class MersenneTwister:
    """MT19937 (Matsumoto and Nishimura, 1998) as a source of 32- and 64-bit words.

    The twister itself is made at the first draw: seeding costs nothing until then, and
    `numpy.random` is not loaded before it is used. No lock is needed: each draw is one call into
    NumPy's bit generator, which holds a lock of its own, so threads sharing a generator get
    distinct words in an order that nobody promises (PyTorch promises none either). A forked child
    starts from a copy of the state and repeats its parent's stream, as with PyTorch.
    """

    __slots__ = ("_cached_float_normal", "_cached_normal", "_seed", "_twister", "_unused")

    def __init__(self) -> None:
        self._restart(DEFAULT_SEED)

    def _restart(self, seed: int) -> None:
        self._seed = seed
        self._twister: Any = None
        self._unused = True  # no word drawn since seeding; PyTorch's layout tells this apart
        self._cached_normal: float | None = None  # the second value of a Box-Muller pair
        self._cached_float_normal: float | None = None  # PyTorch keeps it, its samplers do not

    def manual_seed(self, seed: Any) -> Any:
        """Restarts the stream from `seed`, an int of at most 64 bits, and returns the generator.

        Raises RuntimeError for what is no integer and ValueError beyond 64 bits.

        >>> torch.Generator().manual_seed(-1).initial_seed() == 2**64 - 1
        True
        """
        self._restart(checked_seed(seed))
        return self

    def seed(self) -> int:
        """Restarts the stream from a seed taken from the operating system, and returns that seed.

        >>> g = torch.Generator()
        >>> g.seed() == g.initial_seed()
        True
        """
        self._restart(int.from_bytes(os.urandom(8), "little"))
        return self._seed

    def initial_seed(self) -> int:
        """The seed from which the stream was started.

        >>> torch.Generator().initial_seed()
        67280421310721
        """
        return self._seed

    def _started(self) -> Any:
        """The bit generator, made and seeded if this is the first use since seeding."""
        if self._twister is None:
            self._twister = np.random.MT19937(0)
            # Knuth's initialisation from the low 32 bits, the one PyTorch uses too.
            self._twister._legacy_seeding(self._seed & 0xFFFFFFFF)
        return self._twister

    def random32(self, count: int) -> np.ndarray:
        """The next `count` 32-bit words. Shape (count,), dtype uint64."""
        twister = self._twister or self._started()
        if count:
            self._unused = False
        return twister.random_raw(count)

    def random64(self, count: int) -> np.ndarray:
        """The next `count` 64-bit words, each made of two of 32. Shape (count,), dtype uint64."""
        words = self.random32(2 * count).reshape(count, 2)
        wide = words[:, 0] << np.uint64(32)
        wide |= words[:, 1]
        return wide

    def state_bytes(self) -> np.ndarray:
        """The whole state as torch.get_rng_state() lays it out. Shape (5056,), dtype uint8."""
        state = self._started().state["state"]
        record = np.zeros(1, STATE_LAYOUT)
        record["seed"] = self._seed
        record["seeded"] = 1
        record["left"] = 1 if self._unused else STATE_WORDS + 1 - state["pos"]
        record["next"] = 0 if self._unused else state["pos"]
        record["words"] = state["key"]
        if self._cached_normal is not None:
            record["normal"] = self._cached_normal
            record["has_normal"] = 1
        if self._cached_float_normal is not None:
            record["float_normal"] = self._cached_float_normal
            record["has_float_normal"] = 1
        return record.view(np.uint8)

    def set_state_bytes(self, state: np.ndarray) -> None:
        """Takes over a state that state_bytes() or torch.get_rng_state() gave.

        Raises TypeError unless the dtype is uint8, RuntimeError for a wrong size or for bytes that
        are no state; the generator is then left as it was.
        """
        if not isinstance(state, np.ndarray) or state.dtype != np.uint8:
            found = state.dtype if isinstance(state, np.ndarray) else type(state).__name__
            raise TypeError(f"RNG state must be a torch.ByteTensor, but got {found}")
        if state.size != STATE_BYTES:
            raise RuntimeError(
                f"Expected a CPUGeneratorImplState of size {STATE_BYTES} but found the input RNG "
                f"state size to be {state.size}"
            )
        record = np.frombuffer(state.tobytes(), STATE_LAYOUT)[0]
        left, position = int(record["left"]), int(record["next"])
        unused = (left, position) == (1, 0)
        in_use = 0 < position <= STATE_WORDS and left + position == STATE_WORDS + 1
        if record["seeded"] != 1 or not (unused or in_use):
            raise RuntimeError(
                f"Invalid mt19937 state: seeded={record['seeded']}, left={left}, next={position}; "
                "pass the bytes that get_state() returned"
            )
        key = record["words"].astype(np.uint32)
        pos = STATE_WORDS if unused else position
        self._restart(int(record["seed"]))
        self._started().state = {"bit_generator": "MT19937", "state": {"key": key, "pos": pos}}
        self._unused = unused
        if record["has_normal"]:
            self._cached_normal = float(record["normal"])
        if record["has_float_normal"]:
            self._cached_float_normal = float(record["float_normal"])
