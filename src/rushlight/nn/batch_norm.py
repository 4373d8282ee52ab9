"""Batch and instance normalization as modules, with the statistics they keep.

May import: core, ops, tensor, nn.
"""

import warnings
from typing import Any

from ..core.dtype import int64
from ..ops import batch_norm
from ..ops.creation import tensor as make_tensor
from ..ops.filled import empty, ones, zeros
from ..tensor import Tensor
from .module import Module
from .normalization import fill_affine
from .parameter import Parameter


class _NormBase(Module):
    """What both share: a weight and a bias a channel, running statistics, checks of the shape."""

    _version = 2
    weight: Any
    bias: Any
    running_mean: Any
    running_var: Any
    num_batches_tracked: Any

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-05,
        momentum: float | None = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
        device: Any = None,
        dtype: Any = None,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__()
        self.num_features = num_features
        self.eps = eps
        self.momentum = momentum
        self.affine = affine
        self.track_running_stats = track_running_stats
        for name, wanted in (("weight", True), ("bias", bias)):
            made = None
            if affine and wanted:
                made = Parameter(empty(num_features, device=device, dtype=dtype))
            self.register_parameter(name, made)
        if track_running_stats:
            self.register_buffer("running_mean", zeros(num_features, device=device, dtype=dtype))
            self.register_buffer("running_var", ones(num_features, device=device, dtype=dtype))
            self.register_buffer("num_batches_tracked", make_tensor(0, dtype=int64))
        else:
            for name in ("running_mean", "running_var", "num_batches_tracked"):
                self.register_buffer(name, None)
        self.reset_parameters()

    def reset_running_stats(self) -> None:
        """Forgets what was seen: mean 0, variance 1, no batches."""
        if self.track_running_stats:
            self.running_mean.zero_()
            self.running_var.fill_(1)
            self.num_batches_tracked.zero_()

    def reset_parameters(self) -> None:
        """Forgets the statistics, sets the weight to 1 and the bias to 0."""
        self.reset_running_stats()
        fill_affine(self)

    def _check_input_dim(self, input: Tensor) -> None:
        raise NotImplementedError

    def extra_repr(self) -> str:
        """Its settings, as PyTorch prints them."""
        return (
            f"{self.num_features}, eps={self.eps}, momentum={self.momentum}, "
            f"affine={self.affine}, bias={self.bias is not None}, "
            f"track_running_stats={self.track_running_stats}"
        )

    def _load_from_state_dict(self, state_dict: Any, prefix: str, *arguments: Any) -> None:
        local = arguments[0]
        key = prefix + "num_batches_tracked"
        version = local.get("version")
        # states saved before the count existed
        if (version is None or version < 2) and self.track_running_stats and key not in state_dict:
            state_dict[key] = self.num_batches_tracked
        super()._load_from_state_dict(state_dict, prefix, *arguments)


class _BatchNorm(_NormBase):
    """Each channel standardized: by the batch in training, by what was kept of it otherwise."""

    def forward(self, input: Tensor) -> Tensor:
        """batch_norm of the input; in training the running statistics follow it."""
        self._check_input_dim(input)
        factor = 0.0 if self.momentum is None else self.momentum
        count = self.num_batches_tracked
        if self.training and self.track_running_stats and count is not None:
            count.add_(1)
            if self.momentum is None:  # the plain average of all batches
                factor = 1.0 / float(count)
        known = self.running_mean is not None and self.running_var is not None
        kept = not self.training or self.track_running_stats
        return batch_norm.batch_norm(
            input,
            self.running_mean if kept else None,
            self.running_var if kept else None,
            self.weight,
            self.bias,
            self.training or not known,
            factor,
            self.eps,
        )


class BatchNorm1d(_BatchNorm):
    """Batch normalization of shape (N, C) or (N, C, L); ValueError for others.

    See `torch.nn.functional.batch_norm`. With `momentum=None` the running statistics are the
    plain average of all batches.

    >>> torch.nn.BatchNorm1d(1)(torch.tensor([[1.0], [3.0]])).detach()
    tensor([[-1.0000],
            [ 1.0000]])
    """

    def _check_input_dim(self, input: Tensor) -> None:
        if input.ndim not in (2, 3):
            raise ValueError(f"expected 2D or 3D input (got {input.ndim}D input)")


class BatchNorm2d(_BatchNorm):
    """Batch normalization of shape (N, C, H, W); ValueError for others.

    >>> torch.nn.BatchNorm2d(3)(torch.rand(2, 3, 4, 4)).shape
    torch.Size([2, 3, 4, 4])
    """

    def _check_input_dim(self, input: Tensor) -> None:
        if input.ndim != 4:
            raise ValueError(f"expected 4D input (got {input.ndim}D input)")


class BatchNorm3d(_BatchNorm):
    """Batch normalization of shape (N, C, D, H, W); ValueError for others.

    >>> torch.nn.BatchNorm3d(3)(torch.rand(2, 3, 2, 2, 2)).shape
    torch.Size([2, 3, 2, 2, 2])
    """

    def _check_input_dim(self, input: Tensor) -> None:
        if input.ndim != 5:
            raise ValueError(f"expected 5D input (got {input.ndim}D input)")


class _InstanceNorm(_NormBase):
    """Each channel of each sample standardized by itself."""

    _dims = 0  # of a batch; a single sample has one less

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-05,
        momentum: float = 0.1,
        affine: bool = False,
        track_running_stats: bool = False,
        device: Any = None,
        dtype: Any = None,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__(
            num_features, eps, momentum, affine, track_running_stats, device, dtype, bias=bias
        )

    def _check_input_dim(self, input: Tensor) -> None:
        dims = self._dims
        if input.ndim not in (dims - 1, dims):
            raise ValueError(f"expected {dims - 1}D or {dims}D input (got {input.ndim}D input)")

    def forward(self, input: Tensor) -> Tensor:
        """instance_norm of the input; in training any running statistics follow it."""
        self._check_input_dim(input)
        single = input.ndim == self._dims - 1
        dim = 0 if single else 1
        found = input.shape[dim]
        if found != self.num_features:
            if self.affine:
                raise ValueError(
                    f"expected input's size at dim={dim} to match num_features "
                    f"({self.num_features}), but got: {found}."
                )
            warnings.warn(
                f"input's size at dim={dim} does not match num_features. You can silence this "
                "warning by not passing in num_features, which is not used because affine=False",
                stacklevel=3,
            )
        result = batch_norm.instance_norm(
            input.unsqueeze(0) if single else input,
            self.running_mean,
            self.running_var,
            self.weight,
            self.bias,
            self.training or not self.track_running_stats,
            0.0 if self.momentum is None else self.momentum,
            self.eps,
        )
        return result.squeeze(0) if single else result

    def _load_from_state_dict(self, state_dict: Any, prefix: str, *arguments: Any) -> None:
        local, errors = arguments[0], arguments[-1]
        version = local.get("version")
        if version is None and not self.track_running_stats:
            names = ("running_mean", "running_var")
            found = [name for name in names if prefix + name in state_dict]
            if found:
                errors.append(
                    f"Unexpected running stats buffer(s) {', '.join(map(repr, found))} for "
                    f"{type(self).__name__} with track_running_stats=False: remove them from the "
                    "state_dict, or make the module with track_running_stats=True"
                )
                for name in found:
                    state_dict.pop(prefix + name)
        super()._load_from_state_dict(state_dict, prefix, *arguments)


class InstanceNorm1d(_InstanceNorm):
    """Instance normalization of shape (N, C, L) or (C, L); ValueError for others.

    See `torch.nn.functional.instance_norm`.

    >>> torch.nn.InstanceNorm1d(1)(torch.tensor([[[1.0, 3.0]]]))
    tensor([[[-1.0000,  1.0000]]])
    """

    _dims = 3


class InstanceNorm2d(_InstanceNorm):
    """Instance normalization of shape (N, C, H, W) or (C, H, W); ValueError for others.

    >>> torch.nn.InstanceNorm2d(3)(torch.rand(2, 3, 4, 4)).shape
    torch.Size([2, 3, 4, 4])
    """

    _dims = 4


class InstanceNorm3d(_InstanceNorm):
    """Instance normalization of shape (N, C, D, H, W) or (C, D, H, W); ValueError for others.

    >>> torch.nn.InstanceNorm3d(3)(torch.rand(2, 3, 2, 2, 2)).shape
    torch.Size([2, 3, 2, 2, 2])
    """

    _dims = 5
