"""What a figure is: an image, and words about it that a person or a program can read without seeing it.

Every drawing function takes arrays and gives a Picture. Its description goes into the manifest and the page,
so an image never travels without its scale, its colours and where its numbers came from.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from PIL.Image import Image

Scaling = Literal["layer", "kernel", "network"]
Order = Literal["index", "norm", "activation", "frequency"]

GAIN_FLOOR: Final = 0.05
"""With `scale="kernel"` no kernel is scaled by less than this share of its layer's largest value."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where weights came from: a file's name, or None for random ones. `remark` says more of one layer, as
    "not in alexnet.pt"."""

    weights: str | None = None
    seed: int = 0
    remark: str | None = None

    @property
    def trained(self) -> bool:
        """Whether something may be read into them."""
        return self.weights is not None

    def __str__(self) -> str:
        said = (
            f"trained: {self.weights}" if self.trained else f"random initialisation, seed {self.seed}: nothing learned"
        )
        return f"{self.remark}, {said}" if self.remark else said


CLIP: Final = 99.5
"""The percentile at which scales end unless another is asked for."""


@dataclass(frozen=True, slots=True)
class Look:
    """What a user may choose about pictures.

    scale      one scale a layer, a kernel (floored, gain printed) or the network (`network_limit`)
    max_tiles  most tiles of a grid; a picture of slices shows 2·√max_tiles outputs and as many inputs
    gamma      a value v of 0..1 is drawn as v^(1/gamma): above 1 brightens
    clip       percentile of the values that is drawn brightest
    """

    scale: Scaling = "layer"
    order: Order = "index"
    max_tiles: int = 64
    gamma: float = 1.0
    clip: float = CLIP
    network_limit: float | None = None


@dataclass(frozen=True, slots=True)
class Scale:
    """The values at the ends of the colours: `low` and `high`, and what they were worked out over."""

    low: float
    high: float
    over: str
    gamma: float = 1.0


@dataclass(frozen=True, slots=True)
class Description:
    """What the manifest and the page say of a picture.

    shape    of the tensor it was drawn from
    indices  of what is drawn (kernels, channels, units, heads), in the order drawn, of `total`
    notes    what a reader must know: values that are not finite, all zero, reduced in size
    labels   what was read off single items, as (index, reading)
    """

    kind: str
    title: str
    alt: str
    layer: str | None = None
    shape: tuple[int, ...] = ()
    scale: Scale | None = None
    colormap: str | None = None
    indices: tuple[int, ...] = ()
    total: int = 0
    notes: tuple[str, ...] = ()
    labels: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Picture:
    """An image and its description. The image has two pixels for each pixel of a page, for print and sharp screens."""

    image: Image | Figure
    description: Description


def unusual(*settings: tuple[str, object, object]) -> list[str]:
    """The words of settings that are not as usual: (words, value, the usual value) each."""
    return [words for words, value, usual in settings if value != usual]


def sizes(shape: tuple[int, ...]) -> str:
    """`256×96×5×5`; a single number is 1."""
    return "×".join(str(size) for size in shape) or "1"


def number(value: float) -> str:
    """A value with three figures, as short as it goes: `0.21`, `12`, `−3.4e-05`; from 1,000 on a whole number."""
    is_large = 999.5 <= abs(value) < 1e6
    text = f"{value:,.0f}" if is_large else f"{value + 0.0:.3g}"  # + 0.0: no negative zero
    return text.replace("-", "−", 1) if text.startswith("-") else text


def showing(count: int, total: int, what: str) -> str:
    """`64 kernels`, `1 kernel`, or `showing 64 of 1,024 kernels`."""
    what = what.removesuffix("s") if total == 1 else what
    return f"{total:,} {what}" if count == total else f"showing {count:,} of {total:,} {what}"
