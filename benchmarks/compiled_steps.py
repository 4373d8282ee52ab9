"""Whole training steps and chains, compiled here, against PyTorch's eager ones.

May import: rows.
"""

from benchmarks.rows import ROWS, Row
from benchmarks.training_steps import (
    adam,
    classifier_step,
    linreg_seed,
    mlp_mnist_adam,
    mlp_mnist_sgd,
    mlp_tiny_adam,
    mlp_tiny_sgd,
)


def compiled_row(name, prepare, calls, goal, warm_up=5):
    """A row of the group "compiled": our step goes through `compile`, PyTorch's does not."""

    def prepare_compiled(torch):
        step = prepare(torch)
        return torch.compile(step) if torch.__name__ == "rushlight" else step

    ROWS[name] = Row(name, prepare_compiled, calls, goal, "compiled", warm_up)


def mlp_wide_sgd(torch):
    return classifier_step(
        torch, 256, 784, 512, 10, lambda p: torch.optim.SGD(p, lr=0.01, momentum=0.9)
    )


def cnn_adam(torch):
    """Two convolutions with pooling, and a linear layer, on 64 images of 28x28."""
    nn = torch.nn
    net = nn.Sequential(
        nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(16, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(32 * 49, 10),
    )  # fmt: skip
    return network_step(torch, net, torch.rand(64, 1, 28, 28), 64, adam(torch))


def network_step(torch, net, x, batch, make_optimizer):
    optimizer = make_optimizer(net.parameters())
    criterion = torch.nn.CrossEntropyLoss()
    y = torch.randint(0, 10, (batch,))

    def step():
        optimizer.zero_grad()
        criterion(net(x), y).backward()
        optimizer.step()

    return step


def pinn_adam(torch):
    """A physics-informed step: second derivatives of the network inside its loss."""
    nn = torch.nn
    net = nn.Sequential(
        nn.Linear(1, 32), nn.Tanh(), nn.Linear(32, 32), nn.Tanh(), nn.Linear(32, 32), nn.Tanh(),
        nn.Linear(32, 1),
    )  # fmt: skip
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)
    x = torch.linspace(0, 1, 256).reshape(256, 1).requires_grad_()

    def step():
        optimizer.zero_grad()
        u = net(x)
        (du,) = torch.autograd.grad(u.sum(), x, create_graph=True)
        (d2u,) = torch.autograd.grad(du.sum(), x, create_graph=True)
        loss = (d2u + u).pow(2).mean() + u[0].pow(2).sum() + (du[0] - 1).pow(2).sum()
        loss.backward()
        optimizer.step()

    return step


def gelu_chain_4m(torch):
    x = torch.rand(4_000_000)
    return lambda: x * 0.5 * (1 + torch.tanh(0.7978845608 * (x + 0.044715 * x * x * x)))


def softmax_4m(torch):
    x = torch.rand(4096, 1024)
    return lambda: torch.softmax(x, -1)


def layer_norm_4m(torch):
    x = torch.rand(4096, 1024)
    return lambda: torch.nn.functional.layer_norm(x, (1024,))


compiled_row("linreg_compiled", linreg_seed, 2000, 0.005)
compiled_row("mlp_tiny_sgd_compiled", mlp_tiny_sgd, 1000, 0.02)
compiled_row("mlp_tiny_adam_compiled", mlp_tiny_adam, 1000, 0.02)
compiled_row("mlp_mnist_sgd_compiled", mlp_mnist_sgd, 100, 0.4)
compiled_row("mlp_mnist_adam_compiled", mlp_mnist_adam, 50, 0.35)
compiled_row("mlp_wide_sgd_compiled", mlp_wide_sgd, 10, 0.8)
compiled_row("cnn_adam_compiled", cnn_adam, 5, 0.7)
compiled_row("pinn_adam_compiled", pinn_adam, 20, 0.1)
compiled_row("gelu_chain_4m_compiled", gelu_chain_4m, 3, 0.06)
compiled_row("softmax_4m_compiled", softmax_4m, 3, 1.0)
compiled_row("layer_norm_4m_compiled", layer_norm_4m, 3, 1.0)
