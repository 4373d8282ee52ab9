"""Modules that find the sizes of their parameters in the first input they see.

May import: core, ops, tensor, nn.
"""

import itertools
from typing import Any

from ..core.dtype import int64
from ..ops.creation import tensor as make_tensor
from ..tensor import Tensor
from . import batch_norm
from .linear import Linear
from .module import Module
from .parameter import Uninitialized, UninitializedBuffer, UninitializedParameter


class LazyModuleMixin(Module):
    """Makes a module lazy: its first call runs `initialize_parameters` on the same arguments.

    Afterwards the module is of the class `cls_to_become`, where there is one.
    """

    cls_to_become: type | None = None

    def initialize_parameters(self, *args: Any, **kwargs: Any) -> None:
        """Gives every parameter its shape and values; every lazy class defines its own."""
        raise NotImplementedError(
            f"initialize_parameters is not implemented for {type(self).__name__}"
        )

    def has_uninitialized_params(self) -> bool:
        """Whether a parameter or buffer of its own has no shape yet."""
        held = itertools.chain(self._parameters.values(), self._buffers.values())
        return any(isinstance(value, Uninitialized) for value in held)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        self.initialize_parameters(*args, **kwargs)
        if self.has_uninitialized_params():
            raise RuntimeError(
                f"module {self._get_name()} has not been fully initialized by its first input"
            )
        if self.cls_to_become is None:
            return super().__call__(*args, **kwargs)
        self.__class__ = self.cls_to_become
        return self(*args, **kwargs)


class LazyLinear(LazyModuleMixin, Linear):
    """A Linear whose in_features are the last dim of the first input.

    >>> layer = torch.nn.LazyLinear(2)
    >>> layer(torch.zeros(5, 3)).shape
    torch.Size([5, 2])
    >>> layer
    Linear(in_features=3, out_features=2, bias=True)
    """

    cls_to_become = Linear

    def __init__(
        self, out_features: int, bias: bool = True, device: Any = None, dtype: Any = None
    ) -> None:
        Module.__init__(self)
        self.in_features = 0
        self.out_features = out_features
        self.weight = UninitializedParameter(device=device, dtype=dtype)
        made = UninitializedParameter(device=device, dtype=dtype) if bias else None
        self.register_parameter("bias", made)

    def reset_parameters(self) -> None:
        """Draws weight and bias anew, once they have a shape."""
        if not self.has_uninitialized_params() and self.in_features:
            super().reset_parameters()

    def initialize_parameters(self, input: Tensor) -> None:  # type: ignore[override]
        """Takes the size of the input's last dim."""
        if self.has_uninitialized_params():
            self.in_features = input.shape[-1]
            self.weight.materialize((self.out_features, self.in_features))
            if self.bias is not None:
                self.bias.materialize((self.out_features,))
            self.reset_parameters()
        self.in_features = self.weight.shape[1]


class _LazyNorm(LazyModuleMixin, batch_norm._NormBase):
    """A normalization whose num_features are dim 1 of the first input."""

    def __init__(
        self,
        eps: float = 1e-05,
        momentum: Any = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
        device: Any = None,
        dtype: Any = None,
        *,
        bias: bool = True,
    ) -> None:
        Module.__init__(self)
        self.num_features = 0
        self.eps = eps
        self.momentum = momentum
        self.affine = affine
        self.track_running_stats = track_running_stats
        made: dict[str, Any] = {"device": device, "dtype": dtype}
        for name, wanted in (("weight", affine), ("bias", affine and bias)):
            self.register_parameter(name, UninitializedParameter(**made) if wanted else None)
        for name in ("running_mean", "running_var"):
            self.register_buffer(name, UninitializedBuffer(**made) if track_running_stats else None)
        count = make_tensor(0, dtype=int64) if track_running_stats else None
        self.register_buffer("num_batches_tracked", count)

    def reset_parameters(self) -> None:
        """Sets statistics and parameters to their first values, once they have a shape."""
        if not self.has_uninitialized_params() and self.num_features:
            super().reset_parameters()

    def _check_input_dim(self, input: Tensor) -> None:
        check: Any = self.cls_to_become
        check._check_input_dim(self, input)

    def _channels(self, input: Tensor) -> int:
        return input.shape[1]

    def initialize_parameters(self, input: Tensor) -> None:  # type: ignore[override]
        """Takes the number of channels of the input."""
        self._check_input_dim(input)
        if self.has_uninitialized_params():
            self.num_features = self._channels(input)
            held = itertools.chain(self._parameters.values(), self._buffers.values())
            for value in held:
                if isinstance(value, Uninitialized):
                    value.materialize((self.num_features,))
            self.reset_parameters()
        self.num_features = self.num_features or self._channels(input)


class LazyBatchNorm1d(_LazyNorm):
    """A BatchNorm1d whose num_features are dim 1 of the first input.

    >>> torch.nn.LazyBatchNorm1d()(torch.rand(4, 3)).shape
    torch.Size([4, 3])
    """

    cls_to_become = batch_norm.BatchNorm1d


class LazyBatchNorm2d(_LazyNorm):
    """A BatchNorm2d whose num_features are dim 1 of the first input.

    >>> torch.nn.LazyBatchNorm2d()(torch.rand(2, 3, 4, 4)).shape
    torch.Size([2, 3, 4, 4])
    """

    cls_to_become = batch_norm.BatchNorm2d


class LazyBatchNorm3d(_LazyNorm):
    """A BatchNorm3d whose num_features are dim 1 of the first input.

    >>> torch.nn.LazyBatchNorm3d()(torch.rand(2, 3, 2, 2, 2)).shape
    torch.Size([2, 3, 2, 2, 2])
    """

    cls_to_become = batch_norm.BatchNorm3d


class _LazyInstanceNorm(_LazyNorm):
    def _channels(self, input: Tensor) -> int:
        become: Any = self.cls_to_become
        return input.shape[1 if input.ndim == become._dims else 0]

    @property
    def _dims(self) -> int:
        become: Any = self.cls_to_become
        return become._dims


class LazyInstanceNorm1d(_LazyInstanceNorm):
    """An InstanceNorm1d whose num_features are the channels of the first input.

    >>> torch.nn.LazyInstanceNorm1d()(torch.rand(2, 3, 4)).shape
    torch.Size([2, 3, 4])
    """

    cls_to_become = batch_norm.InstanceNorm1d


class LazyInstanceNorm2d(_LazyInstanceNorm):
    """An InstanceNorm2d whose num_features are the channels of the first input.

    >>> torch.nn.LazyInstanceNorm2d()(torch.rand(2, 3, 4, 4)).shape
    torch.Size([2, 3, 4, 4])
    """

    cls_to_become = batch_norm.InstanceNorm2d


class LazyInstanceNorm3d(_LazyInstanceNorm):
    """An InstanceNorm3d whose num_features are the channels of the first input.

    >>> torch.nn.LazyInstanceNorm3d()(torch.rand(2, 3, 2, 2, 2)).shape
    torch.Size([2, 3, 2, 2, 2])
    """

    cls_to_become = batch_norm.InstanceNorm3d
