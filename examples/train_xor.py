"""Train the gallery's networks for XOR, one layer and three, and leave their weights behind.

    python examples/train_xor.py build/xor
    netinspect explore xor_three_layers -o xor.html --weights build/xor/xor_three_layers.safetensors

The one layer ends at one half for every input: no straight line separates XOR.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch.nn import functional

import netinspect

NAMES = ("xor_one_layer", "xor_three_layers")
STEPS = 2000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="where the weights go")
    folder = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    inputs = torch.tensor([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    is_one = torch.tensor([[0.0], [1.0], [1.0], [0.0]])
    torch.set_num_threads(1)  # sums in the same order, however many cores there are
    for name in NAMES:
        torch.manual_seed(0)
        model = netinspect.build(name)
        optimizer = torch.optim.Adam(model.parameters(), lr=0.02)
        for _ in range(STEPS):
            optimizer.zero_grad()
            functional.binary_cross_entropy(model(inputs), is_one).backward()
            optimizer.step()
        answers = ", ".join(f"{answer:.2f}" for answer in model(inputs).flatten().tolist())
        print(f"{name}: {answers} for 0 0, 0 1, 1 0, 1 1", flush=True)
        save_file(model.state_dict(), folder / f"{name}.safetensors")


if __name__ == "__main__":
    main()
