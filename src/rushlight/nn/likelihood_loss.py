"""Losses of counts, measurements and sequences of labels as modules.

May import: ops, tensor, nn.
"""

from typing import Any

from ..ops import likelihood_losses
from ..ops.ctc import ctc_loss
from ..tensor import Tensor
from .loss import _Loss


class PoissonNLLLoss(_Loss):
    """The likelihood of counts; see `torch.nn.functional.poisson_nll_loss`.

    >>> torch.nn.PoissonNLLLoss()(torch.tensor([0.0]), torch.tensor([2.0]))
    tensor(1.)
    """

    def __init__(
        self,
        log_input: bool = True,
        full: bool = False,
        size_average: Any = None,
        eps: float = 1e-08,
        reduce: Any = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        self.log_input = log_input
        self.full = full
        self.eps = eps

    def forward(self, log_input: Tensor, target: Tensor) -> Tensor:
        """The loss."""
        return likelihood_losses.poisson_nll_loss(
            log_input,
            target,
            log_input=self.log_input,
            full=self.full,
            eps=self.eps,
            reduction=self.reduction,
        )


class GaussianNLLLoss(_Loss):
    """The likelihood of measurements; see `torch.nn.functional.gaussian_nll_loss`.

    >>> x, y = torch.tensor([1.0]), torch.tensor([3.0])
    >>> torch.nn.GaussianNLLLoss()(x, y, torch.tensor([1.0]))
    tensor(2.)
    """

    def __init__(self, *, full: bool = False, eps: float = 1e-06, reduction: str = "mean") -> None:
        super().__init__(reduction=reduction)
        self.full = full
        self.eps = eps

    def forward(self, input: Tensor, target: Tensor, var: Tensor | float) -> Tensor:
        """The loss."""
        return likelihood_losses.gaussian_nll_loss(
            input, target, var, full=self.full, eps=self.eps, reduction=self.reduction
        )


class CTCLoss(_Loss):
    """The likelihood of a labelling over all alignments; see `torch.nn.functional.ctc_loss`.

    >>> log_probs = torch.tensor([[[0.4, 0.6]], [[0.5, 0.5]]]).log()
    >>> torch.nn.CTCLoss(reduction="sum")(log_probs, torch.tensor([[1]]), [2], [1])
    tensor(0.2231)
    """

    def __init__(
        self, blank: int = 0, reduction: str = "mean", zero_infinity: bool = False
    ) -> None:
        super().__init__(reduction=reduction)
        self.blank = blank
        self.zero_infinity = zero_infinity

    def forward(
        self, log_probs: Tensor, targets: Tensor, input_lengths: Any, target_lengths: Any
    ) -> Tensor:
        """The loss."""
        return ctc_loss(
            log_probs,
            targets,
            input_lengths,
            target_lengths,
            self.blank,
            self.reduction,
            self.zero_infinity,
        )
