"""Whole training steps: forward, backward and the optimizer, as a program runs them.

May import: rows.
"""

from benchmarks.rows import row


@row(calls=500, goal=0.6)
def linreg_seed(torch):
    """The linear regression of the first lesson: 17 points, plain gradient descent by hand."""
    x = torch.rand(17, 1) * 10
    y = torch.rand(17)
    w = torch.randn(1, requires_grad=True)
    b = torch.randn(1, requires_grad=True)

    def step():
        loss = (torch.matmul(x, w) + b - y).pow(2).sum()
        w.grad = b.grad = None
        loss.backward()
        with torch.no_grad():
            w.sub_(1e-5 * w.grad)
            b.sub_(1e-5 * b.grad)

    return step


def classifier_step(torch, batch, inputs, hidden, classes, make_optimizer):
    """One step of a two-layer network under cross entropy."""
    nn = torch.nn
    net = nn.Sequential(nn.Linear(inputs, hidden), nn.ReLU(), nn.Linear(hidden, classes))
    optimizer = make_optimizer(net.parameters())
    criterion = nn.CrossEntropyLoss()
    x = torch.rand(batch, inputs)
    y = torch.randint(0, classes, (batch,))

    def step():
        optimizer.zero_grad()
        loss = criterion(net(x), y)
        loss.backward()
        optimizer.step()

    return step


def sgd(torch):
    return lambda parameters: torch.optim.SGD(parameters, lr=0.01, momentum=0.9)


def adam(torch):
    return lambda parameters: torch.optim.Adam(parameters, lr=1e-3)


@row(calls=200, goal=0.7)
def mlp_tiny_sgd(torch):
    return classifier_step(torch, 16, 4, 16, 3, sgd(torch))


@row(calls=200)
def mlp_tiny_adam(torch):
    return classifier_step(torch, 16, 4, 16, 3, adam(torch))


@row(calls=100)
def mlp_mnist_sgd(torch):
    return classifier_step(torch, 64, 784, 128, 10, sgd(torch))


@row(calls=50)
def mlp_mnist_adam(torch):
    return classifier_step(torch, 64, 784, 128, 10, adam(torch))
