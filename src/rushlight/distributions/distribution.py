"""Distribution: what all probability distributions share.

A distribution has a batch shape (how many there are, side by side) and an event shape (that of
one sample); `sample(shape)` draws tensors of shape + batch_shape + event_shape.
May import: core, tensor, autograd, ops.
"""

from typing import Any

from ..autograd.grad_mode import no_grad
from ..core.layout import Size, broadcast_shapes
from ..tensor import Tensor
from . import constraints
from .parameters import lazy_property

__all__ = ["Distribution"]


class Distribution:
    """The base of all distributions.

    >>> normal = torch.distributions.Normal(0.0, 1.0)
    >>> normal.log_prob(torch.tensor(0.0))
    tensor(-0.9189)
    """

    has_rsample: Any = False  # whether samples can be differentiated by the parameters
    has_enumerate_support: Any = False
    _validate_args = __debug__
    support: Any = None
    arg_constraints: Any = None

    @staticmethod
    def set_default_validate_args(value: bool) -> None:
        """Whether distributions check their arguments unless told otherwise."""
        if value not in (True, False):
            raise ValueError(f"validate_args must be True or False, but got {value!r}")
        Distribution._validate_args = value

    def __init__(
        self, batch_shape: Any = (), event_shape: Any = (), validate_args: bool | None = None
    ) -> None:
        self._batch_shape = Size(batch_shape)
        self._event_shape = Size(event_shape)
        if validate_args is not None:
            self._validate_args = validate_args
        if self._validate_args:
            self._check_parameters()

    def _check_parameters(self) -> None:
        for name, constraint in (self.arg_constraints or {}).items():
            if constraints.is_dependent(constraint):
                continue
            computed = isinstance(getattr(type(self), name, None), lazy_property)
            if computed and name not in self.__dict__:
                continue
            value = getattr(self, name)
            if not constraint.check(value).all():
                raise ValueError(
                    f"Expected parameter {name} ({type(value).__name__} of shape "
                    f"{tuple(value.shape)}) of distribution {self!r} to satisfy the constraint "
                    f"{constraint!r}, but found invalid values:\n{value}"
                )

    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        """The distribution with its batch repeated to a larger shape."""
        raise NotImplementedError(f"{type(self).__name__} cannot be expanded")

    def _copy_for(self, cls: type, _instance: Any, batch_shape: Any) -> Any:
        """A bare instance to expand into; subclasses with an __init__ of their own must say how."""
        if _instance is None and type(self).__init__ is not cls.__init__:
            raise NotImplementedError(
                f"Subclass {type(self).__name__} of {cls.__name__} that defines a custom __init__ "
                "method must also define a custom .expand() method."
            )
        new = type(self).__new__(type(self)) if _instance is None else _instance
        new._batch_shape = Size(batch_shape)
        new._event_shape = self._event_shape
        new._validate_args = False
        return new

    def _expanded(self, cls: type, batch_shape: Any, _instance: Any, *names: str) -> Any:
        """The usual `expand`: these parameters, where they are set, repeated to the shape."""
        new = self._copy_for(cls, _instance, batch_shape)
        for name in names:
            if name in self.__dict__:
                setattr(new, name, self.__dict__[name].expand(new._batch_shape))
        new._validate_args = self._validate_args
        return new

    @property
    def batch_shape(self) -> Size:
        """The shape over which parameters are batched."""
        return self._batch_shape

    @property
    def event_shape(self) -> Size:
        """The shape of a single sample."""
        return self._event_shape

    @property
    def mean(self) -> Tensor:
        """The mean."""
        raise NotImplementedError(f"{type(self).__name__} does not know its mean")

    @property
    def mode(self) -> Tensor:
        """The most likely value."""
        raise NotImplementedError(f"{type(self)} does not implement mode")

    @property
    def variance(self) -> Tensor:
        """The variance."""
        raise NotImplementedError(f"{type(self).__name__} does not know its variance")

    @property
    def stddev(self) -> Tensor:
        """The standard deviation."""
        return self.variance.sqrt()

    def sample(self, sample_shape: Any = ()) -> Tensor:
        """Numbers of the distribution, without history."""
        with no_grad():
            return self.rsample(sample_shape)

    def rsample(self, sample_shape: Any = ()) -> Tensor:
        """Numbers of the distribution that can be differentiated by its parameters."""
        raise NotImplementedError(f"{type(self).__name__} has no samples with a gradient")

    def sample_n(self, n: int) -> Tensor:
        """n samples (the old name of `sample((n,))`)."""
        return self.sample((n,))

    def log_prob(self, value: Tensor) -> Tensor:
        """The logarithm of the probability (density) at the value."""
        raise NotImplementedError(f"{type(self).__name__} does not know its density")

    def cdf(self, value: Tensor) -> Tensor:
        """The probability of being at most the value."""
        raise NotImplementedError(f"{type(self).__name__} does not know its cdf")

    def icdf(self, value: Tensor) -> Tensor:
        """The number at which the cdf has this value."""
        raise NotImplementedError(f"{type(self).__name__} does not know its icdf")

    def enumerate_support(self, expand: bool = True) -> Tensor:
        """All values there are, along a first dim."""
        raise NotImplementedError(f"{type(self).__name__} cannot enumerate its values")

    def entropy(self) -> Tensor:
        """The entropy in nats."""
        raise NotImplementedError(f"{type(self).__name__} does not know its entropy")

    def perplexity(self) -> Tensor:
        """exp of the entropy."""
        return self.entropy().exp()

    def _extended_shape(self, sample_shape: Any = ()) -> Size:
        return Size((*sample_shape, *self._batch_shape, *self._event_shape))

    def _validate_sample(self, value: Any) -> None:
        """ValueError unless the value could be a sample."""
        if not isinstance(value, Tensor):
            raise ValueError("The value argument to log_prob must be a Tensor")
        start = value.ndim - len(self._event_shape)
        if start < 0 or tuple(value.shape[start:]) != tuple(self._event_shape):
            raise ValueError(
                "The right-most size of value must match event_shape: "
                f"{value.shape} vs {self._event_shape}."
            )
        try:
            broadcast_shapes(value.shape, (*self._batch_shape, *self._event_shape))
        except RuntimeError:
            expected = Size((*self._batch_shape, *self._event_shape))
            raise ValueError(
                f"Value is not broadcastable with batch_shape+event_shape: {value.shape} vs "
                f"{expected}."
            ) from None
        support = self.support
        if support is None:
            return
        if not support.check(value).all():
            raise ValueError(
                f"Expected value argument ({type(value).__name__} of shape {tuple(value.shape)}) "
                f"to be within the support ({support!r}) of the distribution {self!r}, but found "
                f"invalid values:\n{value}"
            )

    def __repr__(self) -> str:
        shown = []
        for name in self.arg_constraints or {}:
            if name in self.__dict__:
                value = self.__dict__[name]
                shown.append(f"{name}: {value if value.numel() == 1 else value.size()}")
        return f"{type(self).__name__}({', '.join(shown)})"
