"""What programs ask about devices before they settle on the CPU."""

import pytest

import rushlight as torch


def test_the_usual_question_leads_to_the_cpu():
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    x = torch.ones(2).to(device)
    assert str(x.device) == "cpu" and not x.is_cuda and not x.is_mps
    assert torch.cuda.device_count() == 0 and not torch.backends.mps.is_available()
    torch.cuda.manual_seed_all(0)
    torch.backends.cudnn.benchmark = True
    torch.backends.cudnn.benchmark = False


@pytest.mark.parametrize(
    "ask",
    [
        lambda: torch.ones(2).cuda(),
        lambda: torch.ones(2).to("cuda:0"),
        lambda: torch.zeros(2, device="cuda"),
        lambda: torch.tensor([1.0], device=torch.device("cuda", 1)),
        lambda: torch.nn.Linear(2, 1).to("cuda"),
        torch.cuda.synchronize,
    ],
)
def test_asking_for_cuda_fails_clearly(ask):
    with pytest.raises(AssertionError, match="Torch not compiled with CUDA enabled"):
        ask()
