"""Learn to read handwritten digits with a two-layer network: 1437 to learn from, 360 as the test.

`rushlight run examples/digits.py` and, on PyTorch, `python examples/digits.py` give the same.
"""

import argparse
import os
from pathlib import Path

import h5py
import torch
import torch.nn.functional as F
from matplotlib.figure import Figure
from torch import nn
from torch.utils.data import DataLoader, TensorDataset, random_split
from tqdm import tqdm

parser = argparse.ArgumentParser(description="Learn to read handwritten digits.")
parser.add_argument("--epochs", type=int, default=20, help="passes over the training digits")
parser.add_argument("--seed", type=int, default=0, help="of the weights, the split and the order")
parser.add_argument("--lr", type=float, default=0.1, help="learning rate")
parser.add_argument("--batch-size", type=int, default=32, help="digits in one step")
parser.add_argument("--data", type=Path, default=Path(__file__).parent / "data" / "digits.h5")
parser.add_argument("--out", type=Path, default=Path("digits-out"), help="folder for the results")
parser.add_argument("--resume", action="store_true", help="go on from the checkpoint in --out")


def load_digits(path):
    with h5py.File(path) as file:
        images = torch.from_numpy(file["images"][:])  # (N, 8, 8), 0 is paper and 16 is ink
        labels = torch.from_numpy(file["labels"][:])  # (N,)
    return TensorDataset(images.float() / 16, labels.long())


def train_epoch(model, optimizer, loader, bar):
    """One pass over the training digits; returns the mean loss and the share read right."""
    model.train()
    seen = loss_sum = right = 0
    for x, y in loader:
        scores = model(x)  # (B, 10)
        loss = F.cross_entropy(scores, y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        seen += len(y)
        loss_sum += loss.item() * len(y)
        right += (scores.argmax(dim=1) == y).sum().item()
        bar.set_postfix_str(f"loss {loss_sum / seen:.4f}, accuracy {right / seen:.1%}", False)
        bar.update()
    return loss_sum / seen, right / seen


def draw_losses(losses, path):
    figure = Figure(figsize=(6, 3.5), layout="constrained")
    axes = figure.subplots()
    axes.semilogy(range(1, len(losses) + 1), losses, marker="o")
    axes.set(title="Learning to read digits", xlabel="epoch", ylabel="training loss")
    axes.xaxis.get_major_locator().set_params(integer=True)
    figure.savefig(path, dpi=150)


def draw_predictions(images, labels, probabilities, path):
    """The dozen digits the network is least sure of; those it read wrong are red."""
    confidence, predicted = probabilities.max(dim=1)  # (N,), (N,)
    figure = Figure(figsize=(9, 4), layout="constrained")
    for i, axes in zip(confidence.numpy().argsort(), figure.subplots(2, 6).flat):
        truth, guess, sure = (values[i].item() for values in (labels, predicted, confidence))
        color = "tab:green" if guess == truth else "tab:red"
        axes.set_title(f"{truth} read as {guess}\n{sure:.0%} sure", color=color, fontsize=11)
        axes.imshow(images[i].numpy(), cmap="gray_r")
        axes.set_axis_off()
    figure.savefig(path, dpi=150)


def main(args):
    torch.manual_seed(args.seed)
    train, test = random_split(load_digits(args.data), [1437, 360])
    loader = DataLoader(train, batch_size=args.batch_size, shuffle=True)
    model = nn.Sequential(
        nn.Flatten(),  # (B, 8, 8) -> (B, 64)
        nn.Linear(64, 256),  # (B, 256)
        nn.GELU(),
        nn.Dropout(0.5),
        nn.Linear(256, 10),  # (B, 10), one score for each digit
    )
    optimizer = torch.optim.SGD(model.parameters(), lr=args.lr, momentum=0.9)
    losses = []
    args.out.mkdir(parents=True, exist_ok=True)
    checkpoint = args.out / "checkpoint.pt"
    if args.resume:  # the weights, the optimizer's memory and the random stream, as they were
        state = torch.load(checkpoint)
        model.load_state_dict(state["model"])
        optimizer.load_state_dict(state["optimizer"])
        torch.set_rng_state(state["rng"])
        losses = state["losses"]
    with tqdm(total=args.epochs * len(loader), initial=len(losses) * len(loader)) as bar:
        for epoch in range(len(losses) + 1, args.epochs + 1):
            bar.set_description(f"epoch {epoch}", refresh=False)
            loss, accuracy = train_epoch(model, optimizer, loader, bar)
            losses.append(loss)
            state = {"model": model.state_dict(), "optimizer": optimizer.state_dict()}
            state |= {"rng": torch.get_rng_state(), "losses": losses}
            torch.save(state, f"{checkpoint}.new")
            os.replace(f"{checkpoint}.new", checkpoint)  # one of the two is whole at any moment
            if epoch == 1 or epoch % 5 == 0 or epoch == args.epochs:
                bar.write(f"epoch {epoch:3d}  loss {loss:.4f}  training accuracy {accuracy:.1%}")

    model.eval()
    images, labels = test[:]  # (360, 8, 8), (360,)
    with torch.no_grad():
        probabilities = F.softmax(model(images), dim=1)  # (360, 10)
    right = (probabilities.argmax(dim=1) == labels).sum().item()
    print(f"test accuracy {right / len(labels):.1%} ({right} of {len(labels)})")
    draw_losses(losses, args.out / "loss.png")
    draw_predictions(images, labels, probabilities, args.out / "predictions.png")
    print(f"the pictures and the checkpoint are in {args.out}")


if __name__ == "__main__":
    main(parser.parse_args())
