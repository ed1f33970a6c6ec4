"""Find the face in a photograph with the three published networks of MTCNN, one after the other.

    python examples/find_face.py build/face
    netinspect visualize onet -o pictures --weights .venv/materials/facenet_pytorch/data/onet.pt \
        --input build/face/onet.png

P-Net slides a window over the shrunken photograph and proposes the place where a face is most probable; R-Net looks at
that place more closely, O-Net at what R-Net makes of it. Each also says how to move the four sides of what it saw.
What each was shown is left behind as a picture: pnet.png, rnet.png, onet.png; and face.jpg, the box of each on the
photograph with the points that O-Net finds.

The real MTCNN shrinks the photograph to many sizes and follows all good windows; here it is one size and the best one.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import matplotlib as mpl
import torch
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor

import netinspect
from netinspect.inputs.files import read_input

WEIGHTS = Path(sys.prefix) / "materials" / "facenet_pytorch" / "data"
PHOTOGRAPH = Path(mpl.get_data_path()) / "sample_data" / "grace_hopper.jpg"
SHRUNKEN = 34, 40  # what P-Net sees of the photograph, width and height
WINDOW, STRIDE = 12, 2  # of P-Net, in those pixels
BOXES = {"pnet": ("P-Net", "#E69F00"), "rnet": ("R-Net", "#56B4E9"), "onet": ("O-Net", "#009E73")}  # name and colour
LETTERS = Path(mpl.get_data_path()) / "fonts" / "ttf" / "DejaVuSans-Bold.ttf"
POINTS = ("left eye", "right eye", "nose", "left corner of the mouth", "right corner of the mouth")  # as we see them


@torch.no_grad()
def run(name: str, picture: Path, weights: Path) -> tuple[Tensor, ...]:
    """The outputs of a gallery network for one picture, prepared as its spec says."""
    network = netinspect.load(name)
    model = network.build().eval()
    model.load_state_dict(torch.load(weights / f"{name}.pt", weights_only=True))
    return tuple(model(torch.from_numpy(read_input(picture, network.graph.inputs[0]).array)))


def proposed(box: Tensor, face: Tensor, size: tuple[int, int]) -> tuple[Tensor, float]:
    """P-Net's best window, moved as it says: (left, top, right, bottom) in the photograph, and its probability.

    box (1, 4, rows, columns), face (1, 2, rows, columns); size of the photograph, width and height.
    """
    probability = face[0, 1]  # (rows, columns)
    row, column = divmod(int(probability.argmax()), probability.shape[1])
    across, down = size[0] / SHRUNKEN[0], size[1] / SHRUNKEN[1]  # pixels of the photograph in one that P-Net sees
    left, top = STRIDE * column * across, STRIDE * row * down
    window = torch.tensor([left, top, left + WINDOW * across, top + WINDOW * down])
    return moved(window, box[0, :, row, column]), float(probability.max())


def moved(box: Tensor, by: Tensor) -> Tensor:
    """A box (left, top, right, bottom) with its sides moved by shares of its width and height."""
    size = box[2:] - box[:2]
    return box + by * size.repeat(2)


def crop(photograph: Image.Image, box: Tensor, file: Path) -> Tensor:
    """Save the square around a box's middle as a picture; gives the square."""
    middle, half = (box[:2] + box[2:]) / 2, float((box[2:] - box[:2]).max()) / 2
    square = torch.cat([middle - half, middle + half]).round()
    left, top, right, bottom = square.int().tolist()
    photograph.crop((left, top, right, bottom)).save(file)
    return square


def mark(photograph: Image.Image, boxes: dict[str, Tensor], points: Tensor) -> Image.Image:
    """The photograph with the box of each network, named in its colour at the lower left, and points (N, 2)."""
    marked = photograph.copy()
    ink = ImageDraw.Draw(marked)
    font = ImageFont.truetype(LETTERS, 18)
    for row, (network, box) in enumerate(boxes.items()):
        name, colour = BOXES[network]
        ink.rectangle(box.round().tolist(), outline=colour, width=3)
        foot = photograph.height - 12 - 26 * (len(boxes) - 1 - row)
        ink.text((12, foot), name, colour, font, anchor="ls", stroke_width=3, stroke_fill="black")
    for x, y in points.round().tolist():
        ink.ellipse((x - 4, y - 4, x + 4, y + 4), fill="#F0E442", outline="black")
    return marked


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="where the pictures go")
    parser.add_argument("--weights", type=Path, default=WEIGHTS, help="the folder data/ of facenet-pytorch")
    parser.add_argument("--photograph", type=Path, default=PHOTOGRAPH)
    options = parser.parse_args()
    if not (options.weights / "pnet.pt").is_file():
        sys.exit(f"there are no weights in {options.weights}: `make materials` fetches them")

    options.folder.mkdir(parents=True, exist_ok=True)
    pictures = {name: options.folder / f"{name}.png" for name in ("pnet", "rnet", "onet")}
    photograph = Image.open(options.photograph).convert("RGB")
    photograph.save(pictures["pnet"])
    by, face = run("pnet", pictures["pnet"], options.weights)
    box, probability = proposed(by, face, photograph.size)
    boxes = {"pnet": box}
    print(f"pnet: a face with probability {probability:.4f} in {box.round().int().tolist()}")

    square = crop(photograph, box, pictures["rnet"])
    by, face = run("rnet", pictures["rnet"], options.weights)
    box = boxes["rnet"] = moved(square, by[0])
    print(f"rnet: {face[0, 1]:.4f} in {box.round().int().tolist()}")

    square = crop(photograph, box, pictures["onet"])
    by, shares, face = run("onet", pictures["onet"], options.weights)
    boxes["onet"], side = moved(square, by[0]), square[2:] - square[:2]
    points = square[:2] + shares.reshape(2, 5).T * side  # (5, 2): across, down
    print(f"onet: {face[0, 1]:.4f} in {boxes['onet'].round().int().tolist()}")
    for name, point in zip(POINTS, points, strict=True):
        print(f"      {name} at {point.round().int().tolist()}")
    mark(photograph, boxes, points).save(options.folder / "face.jpg", quality=90)


if __name__ == "__main__":
    main()
