"""Train a spectrogram CNN to hear whether a sentence is played forwards or backwards, in seconds.

    apt-get download pocketsphinx-testdata && dpkg -x pocketsphinx-testdata_*.deb build/speech
    python examples/train_speech.py build/speech/out build/speech
    netinspect visualize examples/speech.yaml -o pictures --weights build/speech/out/speech.safetensors \
        --input build/speech/out/sentences/0880_forwards.wav

Nobody has to label the data: a spectrogram whose columns are turned round is the same sound played backwards. What can
be learned from it is that sounds begin suddenly and die away slowly. Four of the thirteen recordings are held out;
their speakers are also heard in the others.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from math import ceil
from pathlib import Path

import numpy as np
import soundfile
import torch
from numpy.typing import NDArray
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.nn import functional

import netinspect
from netinspect.inputs.files import read_input

SPEC = Path(__file__).with_name("speech.yaml")
RECORDINGS = ("librivox/*.wav", "cards/*.wav", "goforward.raw", "numbers.raw", "something.raw")
HELD_OUT = ("0880", "0930", "005", "goforward")
RATE, BATCH, EPOCHS = 16_000, 16, 5


def recordings(package: Path) -> dict[str, NDArray[np.float64]]:
    """The samples of each recording in the unpacked package, by a short name: `0880` of `…austen_64kb-0880.wav`."""
    data = package / "usr/share/pocketsphinx/test/data"
    files = sorted(file for pattern in RECORDINGS for file in data.glob(pattern))
    raw = {"format": "RAW", "samplerate": RATE, "channels": 1, "subtype": "PCM_16"}
    return {
        file.stem.rpartition("-")[2]: soundfile.read(file, **(raw if file.suffix == ".raw" else {}))[0]
        for file in files
    }


def write_sentences(folder: Path, sounds: dict[str, NDArray[np.float64]]) -> None:
    """Each recording as a WAV file, those held out backwards too."""
    for name, samples in sounds.items():
        kept = folder / ("sentences" if name in HELD_OUT else "learned")
        kept.mkdir(parents=True, exist_ok=True)
        soundfile.write(kept / f"{name}_forwards.wav", samples, RATE)
        if name in HELD_OUT:
            soundfile.write(kept / f"{name}_backwards.wav", samples[::-1], RATE)


def train(model: nn.Module, frames: Tensor) -> Iterator[int]:
    """Show the model every frame once an epoch, as it is and turned round; gives the number of each epoch when it is
    over. frames (N, 1, mel, time)."""
    optimizer = torch.optim.AdamW(model.parameters())
    steps = EPOCHS * ceil(len(frames) / BATCH)
    rate = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=1e-2, total_steps=steps)  # up, and down to nothing
    for epoch in range(1, EPOCHS + 1):
        model.train()
        for chosen in torch.randperm(len(frames)).split(BATCH):
            forwards = frames[chosen]
            both = torch.cat([forwards, forwards.flip(-1)])  # (2 * BATCH, 1, mel, time)
            loss = functional.cross_entropy(model(both), torch.arange(2).repeat_interleave(len(chosen)))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            rate.step()
        yield epoch


@torch.no_grad()
def heard_backwards(model: nn.Module, frames: Tensor) -> Tensor:
    """How sure the model is that each frame is played backwards, (N,) from 0 to 1."""
    probability: Tensor = model.eval()(frames).softmax(dim=1)  # (N, 2): forwards, backwards
    return probability[:, 1]


def accuracy(model: nn.Module, sentences: dict[Path, Tensor]) -> tuple[float, int]:
    """The share of frames whose direction is heard, and the number of sentences in most of whose frames it is."""
    right = [
        ((heard_backwards(model, frames) > 0.5) == file.stem.endswith("backwards")).float()
        for file, frames in sentences.items()
    ]
    return float(torch.cat(right).mean()), sum(float(frames.mean()) > 0.5 for frames in right)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="where speech.safetensors and the sentences go")
    parser.add_argument("package", type=Path, help="the unpacked Debian package pocketsphinx-testdata")
    options = parser.parse_args()
    if not options.package.is_dir():
        sys.exit(f"there is no recorded speech in {options.package}: `make materials` fetches it")

    torch.set_num_threads(1)  # sums in the same order, however many cores there are
    torch.manual_seed(0)
    write_sentences(options.folder, recordings(options.package))
    network = netinspect.load(SPEC)

    def frames(file: Path) -> Tensor:  # as `preprocess` in the spec says
        return torch.from_numpy(read_input(file, network.graph.inputs[0]).array)

    learned = torch.cat([frames(file) for file in sorted(options.folder.glob("learned/*.wav"))])
    held_out = {file: frames(file) for file in sorted(options.folder.glob("sentences/*.wav"))}
    model = network.build()
    with torch.no_grad():  # small at first: what is seen in the kernels afterwards was learned
        model.get_parameter("stage1.conv.weight").mul_(0.1)
    for epoch in train(model, learned):
        frames_right, right = accuracy(model, held_out)
        print(f"epoch {epoch}: {frames_right:.1%} of the frames, {right} of {len(held_out)} sentences", flush=True)
    save_file(model.state_dict(), options.folder / "speech.safetensors")


if __name__ == "__main__":
    main()
