"""Convolution and padding modules: starting values, settings, sizes, errors.

May import: everything.
"""

import numpy as np
import pytest

import rushlight as torch

nn = torch.nn
F = nn.functional


def test_starting_values_are_pytorchs():
    torch.manual_seed(0)
    layer = nn.Conv1d(1, 1, 3)
    np.testing.assert_array_equal(
        layer.weight.detach().numpy().ravel(),
        np.array([-0.0043225177, 0.30971584, -0.47518533], np.float32),
    )
    np.testing.assert_array_equal(layer.bias.detach().numpy(), np.array([-0.42489460], np.float32))
    assert nn.Conv2d(0, 2, 3).weight.numel() == 0
    assert nn.ConvTranspose2d(4, 6, 3, groups=2, dtype=torch.float64).weight.shape == (4, 3, 3, 3)


def test_forward_is_the_function_with_its_settings():
    x = torch.randn(2, 4, 9, 8)
    layer = nn.Conv2d(4, 6, (3, 2), (2, 1), (1, 0), (1, 2), 2, bias=False)
    expected = F.conv2d(x, layer.weight, None, (2, 1), (1, 0), (1, 2), 2)
    assert layer.bias is None and torch.equal(layer(x), expected)
    back = nn.ConvTranspose2d(4, 6, 3, 2, 1, 1, 2, dilation=2)
    expected = F.conv_transpose2d(x, back.weight, back.bias, 2, 1, 1, 2, 2)
    assert torch.equal(back(x), expected)


@pytest.mark.parametrize("mode", ["reflect", "replicate", "circular"])
@pytest.mark.parametrize("padding", [(1, 2), "same", "valid"])
def test_padding_modes(mode, padding):
    x = torch.randn(1, 2, 6, 7)
    layer = nn.Conv2d(2, 3, (3, 4), padding=padding, padding_mode=mode)
    edges = {"same": (1, 2, 1, 1), "valid": (0, 0, 0, 0)}.get(padding, (2, 2, 1, 1))
    expected = F.conv2d(F.pad(x, edges, mode), layer.weight, layer.bias)
    assert torch.equal(layer(x), expected)


def test_output_size():
    layer = nn.ConvTranspose2d(3, 1, 3, stride=2)
    x = torch.zeros(1, 3, 5, 5)
    assert layer(x).shape == (1, 1, 11, 11)
    assert layer(x, output_size=(12, 11)).shape == (1, 1, 12, 11)
    assert layer(x, (1, 1, 12, 12)).shape == (1, 1, 12, 12)
    with pytest.raises(ValueError, match=r"valid sizes range from \[11, 11\] to \[12, 12\]"):
        layer(x, (13, 12))
    with pytest.raises(ValueError, match="output_size must have 2 or 4 elements"):
        layer(x, (1, 2, 3))


def test_printed_forms():
    assert repr(nn.Conv2d(3, 6, 3)) == "Conv2d(3, 6, kernel_size=(3, 3), stride=(1, 1))"
    assert repr(nn.Conv1d(4, 6, 3, 2, "valid", 2, 2, False, "reflect")) == (
        "Conv1d(4, 6, kernel_size=(3,), stride=(2,), padding=valid, dilation=(2,), groups=2, "
        "bias=False, padding_mode=reflect)"
    )
    assert repr(nn.ZeroPad2d(2)) == "ZeroPad2d((2, 2, 2, 2))"
    assert repr(nn.ConstantPad1d(1, 0.5)) == "ConstantPad1d(padding=(1, 1), value=0.5)"


def test_settings_that_cannot_be():
    for call, words in [
        (lambda: nn.Conv2d(3, 6, 3, groups=0), "groups must be a positive integer"),
        (lambda: nn.Conv2d(3, 6, 3, groups=2), "in_channels must be divisible by groups"),
        (lambda: nn.Conv2d(4, 7, 3, groups=2), "out_channels must be divisible by groups"),
        (lambda: nn.Conv2d(4, 6, 3, padding="full"), "Invalid padding string 'full'"),
        (lambda: nn.Conv2d(4, 6, 3, (1, 2), "same"), "not supported for strided convolutions"),
        (lambda: nn.Conv2d(4, 6, 3, padding_mode="mirror"), "padding_mode must be one of"),
        (lambda: nn.ConvTranspose2d(4, 6, 3, padding_mode="reflect"), 'Only "zeros" padding mode'),
    ]:
        with pytest.raises(ValueError, match=words):
            call()


def test_a_network_learns():
    torch.manual_seed(0)
    net = nn.Sequential(
        nn.Conv2d(1, 4, 3, padding=1), nn.ReLU(), nn.Conv2d(4, 1, 3, padding=1, stride=2)
    )
    x = torch.randn(8, 1, 6, 6)
    target = x[:, :, ::2, ::2] * 2
    optimizer = torch.optim.Adam(net.parameters(), lr=0.02)
    losses = []
    for _ in range(60):
        optimizer.zero_grad()
        loss = F.mse_loss(net(x), target)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < losses[0] / 10


def test_padding_modules():
    x = torch.arange(6.0).view(1, 2, 3)
    assert torch.equal(nn.ConstantPad1d((1, 0), 5.0)(x), F.pad(x, (1, 0), value=5.0))
    assert torch.equal(nn.ZeroPad2d(1)(x), F.pad(x, (1, 1, 1, 1)))
    assert torch.equal(nn.ReflectionPad1d(2)(x), F.pad(x, (2, 2), "reflect"))
    assert torch.equal(nn.ReplicationPad2d((1, 0, 2, 1))(x), F.pad(x, (1, 0, 2, 1), "replicate"))
    assert torch.equal(nn.CircularPad1d((0, 2))(x), F.pad(x, (0, 2), "circular"))
    assert nn.ReplicationPad3d(1)(x.view(1, 1, 2, 3)).shape == (1, 3, 4, 5)
    with pytest.raises(ValueError, match="expected 3D or 4D input"):
        nn.CircularPad2d(1)(x[0])
