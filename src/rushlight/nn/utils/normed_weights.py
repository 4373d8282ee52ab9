"""The older way to weight and spectral norm: a hook that sets the weight before each forward.

May import: core, tensor, autograd, ops, nn.
"""

import warnings
from typing import Any

from ...ops.normalization import normalize
from ...tensor import Tensor
from ..module import Module
from ..parameter import Parameter
from .parametrizations import (
    as_matrix,
    check_iterations,
    default_dim,
    improve,
    length_along,
    with_length,
)


class WeightNorm:
    """The hook of `weight_norm`."""

    def __init__(self, name: str, dim: int | None) -> None:
        self.name = name
        self.dim = -1 if dim is None else dim

    def compute(self, module: Any) -> Tensor:
        """The weight from its length and direction."""
        length, direction = (getattr(module, f"{self.name}_{part}") for part in "gv")
        return with_length(direction, length, self.dim)

    def __call__(self, module: Any, inputs: Any) -> None:
        setattr(module, self.name, self.compute(module))


class SpectralNorm:
    """The hook of `spectral_norm`."""

    def __init__(self, name: str, n_power_iterations: int, dim: int, eps: float) -> None:
        check_iterations(n_power_iterations)
        self.name = name
        self.dim = dim
        self.n_power_iterations = n_power_iterations
        self.eps = eps

    def compute(self, module: Any, improving: bool) -> Tensor:
        """The weight over its largest singular value."""
        weight, u, v = (getattr(module, f"{self.name}_{part}") for part in ("orig", "u", "v"))
        matrix = as_matrix(weight, self.dim)
        if improving:
            # unlike the newer way, v comes first
            improve(matrix.detach().T, v, u, self.n_power_iterations, self.eps)
            u, v = u.clone(), v.clone()
        return weight / u.dot(matrix.mv(v))

    def __call__(self, module: Any, inputs: Any) -> None:
        setattr(module, self.name, self.compute(module, module.training))


def _hooks_of(module: Any) -> dict:
    return {} if module._hooks is None else module._hooks.forward_pre


def _require_first(module: Any, kind: type, name: str, called: str) -> None:
    for hook, *_ in _hooks_of(module).values():
        if isinstance(hook, kind) and hook.name == name:  # type: ignore[attr-defined]
            raise RuntimeError(f"Cannot register two {called} hooks on the same parameter {name}")


def _taken_away(module: Any, kind: type, name: str, called: str) -> Any:
    """The hook of that name, no longer on the module."""
    hooks = _hooks_of(module)
    for key, (hook, *_) in hooks.items():
        if isinstance(hook, kind) and hook.name == name:  # type: ignore[attr-defined]
            del hooks[key]
            return hook
    raise ValueError(f"{called} of '{name}' not found in {module}")


def weight_norm(module: Module, name: str = "weight", dim: int | None = 0) -> Module:
    """Makes a weight g * v / |v|, with parameters `weight_g` and `weight_v`.

    FutureWarning: `torch.nn.utils.parametrizations.weight_norm` is the newer way. RuntimeError for
    a weight that has this already.

    >>> import warnings
    >>> with warnings.catch_warnings():
    ...     warnings.simplefilter("ignore")
    ...     layer = torch.nn.utils.weight_norm(torch.nn.Linear(2, 3))
    >>> list(layer.state_dict())
    ['bias', 'weight_g', 'weight_v']
    """
    warnings.warn(
        "`torch.nn.utils.weight_norm` is deprecated in favor of "
        "`torch.nn.utils.parametrizations.weight_norm`.",
        FutureWarning,
        stacklevel=2,
    )
    _require_first(module, WeightNorm, name, "weight_norm")
    hook = WeightNorm(name, dim)
    weight = getattr(module, name)
    del module._parameters[name]
    length = length_along(weight.detach(), hook.dim)
    module.register_parameter(f"{name}_g", Parameter(length))
    module.register_parameter(f"{name}_v", Parameter(weight.detach()))
    setattr(module, name, hook.compute(module))
    module.register_forward_pre_hook(hook)
    return module


def remove_weight_norm(module: Module, name: str = "weight") -> Module:
    """Makes the weight an ordinary parameter again; ValueError when it is one.

    >>> import warnings
    >>> with warnings.catch_warnings():
    ...     warnings.simplefilter("ignore")
    ...     layer = torch.nn.utils.weight_norm(torch.nn.Linear(2, 3))
    >>> sorted(torch.nn.utils.remove_weight_norm(layer).state_dict())
    ['bias', 'weight']
    """
    hook = _taken_away(module, WeightNorm, name, "weight_norm")
    weight = hook.compute(module)
    delattr(module, name)
    for part in "gv":
        del module._parameters[f"{name}_{part}"]
    setattr(module, name, Parameter(weight.detach()))
    return module


def spectral_norm(
    module: Module,
    name: str = "weight",
    n_power_iterations: int = 1,
    eps: float = 1e-12,
    dim: int | None = None,
) -> Module:
    """Divides a weight by its largest singular value, found by power iteration while training.

    The parameter is `weight_orig`, the vectors are buffers `weight_u` and `weight_v`.
    `torch.nn.utils.parametrizations.spectral_norm` is the newer way. RuntimeError for a weight
    that has this already.

    >>> layer = torch.nn.utils.spectral_norm(torch.nn.Linear(2, 3))
    >>> list(layer.state_dict())
    ['bias', 'weight_orig', 'weight_u', 'weight_v']
    """
    _require_first(module, SpectralNorm, name, "spectral_norm")
    hook = SpectralNorm(name, n_power_iterations, default_dim(module) if dim is None else dim, eps)
    weight = module._parameters[name]
    if weight is None:
        raise ValueError(f"`SpectralNorm` cannot be applied as parameter `{name}` is None")
    matrix = as_matrix(weight.detach(), hook.dim)
    rows, columns = matrix.shape
    u = normalize(matrix.new_empty(rows).normal_(0, 1), dim=0, eps=eps)
    v = normalize(matrix.new_empty(columns).normal_(0, 1), dim=0, eps=eps)
    delattr(module, name)
    module.register_parameter(f"{name}_orig", weight)
    # an ordinary attribute: a buffer would be saved
    setattr(module, name, weight.detach())
    module.register_buffer(f"{name}_u", u)
    module.register_buffer(f"{name}_v", v)
    module.register_forward_pre_hook(hook)
    return module


def remove_spectral_norm(module: Module, name: str = "weight") -> Module:
    """Makes the weight an ordinary parameter again; ValueError when it is one.

    >>> layer = torch.nn.utils.spectral_norm(torch.nn.Linear(2, 3))
    >>> sorted(torch.nn.utils.remove_spectral_norm(layer).state_dict())
    ['bias', 'weight']
    """
    hook = _taken_away(module, SpectralNorm, name, "spectral_norm")
    weight = hook.compute(module, False).detach()
    for part in ("", "_u", "_v", "_orig"):
        delattr(module, name + part)
    setattr(module, name, Parameter(weight))
    return module
