"""What loading weights and running a model leave behind: arrays with their names, and nothing of torch.

The figures are drawn from these and know nothing else of a model. Arrays are numpy's, made read-only; shapes carry
the samples as axis 0 unless said otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

FEW_INPUTS: Final = 32
"""With fewer inputs a unit that is zero everywhere is called silent for these inputs; from here on, dead."""

OUTSIDE: Final = 128
"""The grey of what lies outside a picture where a unit's field leaves it."""

SAMPLES_AT_ONCE: Final = 32
"""So many are run together where there are many and memory allows."""

# --- weights ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class WeightReport:
    """One tensor of the network's state dict: was it loaded?

    key, shape            the network's
    stored, stored_shape  the checkpoint's name for it (without a stripped prefix) and its shape; None where missing
    """

    key: str
    shape: tuple[int, ...]
    state: Literal["loaded", "missing", "misshapen"]
    stored: str | None = None
    stored_shape: tuple[int, ...] | None = None


@dataclass(frozen=True, slots=True)
class Loaded:
    """What came of loading a checkpoint.

    source      the file's name, without its folder
    entry       what of a file that holds several sets of weights is loaded: "model_ema"; else empty
    unwrapped   the keys that were opened to reach the tensors: ("model_state",)
    prefix      what was stripped from the names: "module."
    match       "name" or "order"
    tensors     one report per tensor of the network, in its order
    extra       names in the checkpoint that the network does not have
    notes       what a reader should know: other number formats, values that are not finite
    """

    source: str
    unwrapped: tuple[str, ...]
    prefix: str
    match: Literal["name", "order"]
    tensors: tuple[WeightReport, ...]
    extra: tuple[str, ...]
    notes: tuple[str, ...] = ()
    entry: str = ""

    @property
    def title(self) -> str:
        """The file and, where it holds several sets of weights, which one: `net.pt:model_ema`."""
        return f"{self.source}:{self.entry}" if self.entry else self.source

    @property
    def is_complete(self) -> bool:
        """Whether every tensor of the network was loaded."""
        return all(tensor.state == "loaded" for tensor in self.tensors)

    def state_of(self, module: str) -> Literal["loaded", "partly", "missing"]:
        """Of a layer, by its state-dict prefix: are its weights the checkpoint's?"""
        loaded = [t.state == "loaded" for t in self.tensors if t.key.rpartition(".")[0] == module or t.key == module]
        loaded = loaded or [t.state == "loaded" for t in self.tensors if t.key.startswith(f"{module}.")]
        return "loaded" if all(loaded) else "partly" if any(loaded) else "missing"


# --- inputs ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class Sound:
    """Samples from -1 to 1, (channels, time)."""

    samples: Array
    sample_rate: int | None


@dataclass(frozen=True, slots=True, eq=False)
class Spectrogram:
    """(frequency, time), low frequencies first; `frequencies` in Hz, one a row; unit: "dB", "power", "magnitude".

    network_unit  what the network is given of it, in words: "ln, standardised"
    """

    values: Array
    frequencies: Array
    seconds_per_column: float
    unit: str = "power"
    network_unit: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """What one input of the network is given: a file made ready, or noise.

    input         the network's name for it
    source        the file's name, or what it is: "standard-normal noise, seed 0"
    array         (samples, *sizes); a sound cut into frames gives several samples
    axes          names of the axes after the samples
    is_noise      nobody gave an input
    picture       as it was seen, after resizing and cropping: uint8, (height, width) or (height, width, 3)
    sound         the whole sound, before it was cut
    spectrogram   of the first sample
    frame_starts  for a sound cut into frames, the first sample of each
    frame         of one frame taken out of a longer sound: its first sample and the one after its last
    notes         what was done to it on the way, for the reader
    """

    input: str
    source: str
    array: Array
    axes: tuple[str, ...]
    is_noise: bool = False
    picture: Array | None = None
    sound: Sound | None = None
    spectrogram: Spectrogram | None = None
    frame_starts: tuple[int, ...] = ()
    frame: tuple[int, int] | None = None
    notes: tuple[str, ...] = ()


# --- one run ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class Activation:
    """The output of one call, (samples, …).

    unit_axis   the axis that counts channels, features or hidden units; None where there is none
    """

    path: str
    module: str | None
    type: str
    values: Array
    unit_axis: int | None

    @property
    def finite(self) -> bool:
        """Whether every number is."""
        return bool(np.isfinite(self.values).all())


@dataclass(frozen=True, slots=True, eq=False)
class Kernel:
    """One parameter of a layer: `conv1.weight`.

    arguments  the layer's own (kernel_size, stride, groups, …)
    state      "loaded" from the checkpoint, else "random"
    """

    path: str
    key: str
    name: str
    type: str
    values: Array
    arguments: tuple[tuple[str, Any], ...]
    state: Literal["loaded", "random"]

    @property
    def finite(self) -> bool:
        """Whether every number is."""
        return bool(np.isfinite(self.values).all())


@dataclass(frozen=True, slots=True, eq=False)
class HiddenStates:
    """What a recurrent layer gives over time, (samples, time, units). With two directions the first half of the
    units reads forwards, the second backwards."""

    path: str
    type: str
    values: Array
    directions: int


@dataclass(frozen=True, slots=True, eq=False)
class Attention:
    """Attention weights, (samples, heads, queries, keys); every row adds up to 1."""

    path: str
    values: Array


@dataclass(frozen=True, slots=True, eq=False)
class AttendedPlaces:
    """Where the queries and keys of one attention stand on an input: in which cell of a grid over it, -1 for nowhere.

    input          its number
    sizes, edges   cells along each axis of space of the input, and where each begins and the last one ends, in the
                   input's own cells
    queries, keys  (samples, count), cells counted row by row
    """

    input: int
    sizes: tuple[int, ...]
    edges: tuple[tuple[float, ...], ...]
    queries: Array
    keys: Array


@dataclass(frozen=True, slots=True)
class NotFinite:
    """The call with which numbers stop being finite: so many of the values of its output.

    what   "NaN", or "infinite values" where none is NaN
    """

    path: str
    type: str
    what: Literal["NaN", "infinite values"]
    count: int
    values: int


@dataclass(frozen=True, slots=True, eq=False)
class Recording:
    """One forward pass. `weights` is None where the initialisation is random, from `seed`.

    not_finite   None where no call gives NaN and every output is finite; infinite values on the way may be meant, as
                 those of a mask
    """

    network: str
    source: str
    variant: str | None
    weights: Loaded | None
    seed: int
    inputs: tuple[Prepared, ...]
    activations: tuple[Activation, ...]
    kernels: tuple[Kernel, ...]
    hidden_states: tuple[HiddenStates, ...]
    attention: tuple[Attention, ...]
    outputs: tuple[tuple[str, Array], ...]
    not_finite: NotFinite | None = None


# --- studies ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class LayerGradient:
    """Root mean square of the loss's gradient over a layer's parameters, and without the skips (None: no skips).
    `by_unit` where it has no matrix, but numbers for each unit, as norms have."""

    path: str
    depth: int
    gradient: float
    weight: float
    without_skips: float | None
    by_unit: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Health:
    """The largest magnitude each unit of a layer showed, over all inputs and places; NaN where one was NaN."""

    path: str
    type: str
    largest: Array
    inputs: int

    @property
    def silent(self) -> Array:
        """Which units were zero everywhere."""
        return np.asarray(self.largest == 0)

    @property
    def not_finite(self) -> Array:
        """Which units gave NaN or an infinite value somewhere."""
        return ~np.isfinite(self.largest)

    @property
    def word(self) -> str:
        """What such a unit is called, after so many inputs."""
        return "dead" if self.inputs >= FEW_INPUTS else "silent for these inputs"


@dataclass(frozen=True, slots=True, eq=False)
class ActivationCurve:
    """An activation function with what was set of its arguments, `x` (n,), `y` = f(`x`), and the layers that use it.

    `y` is (n,), or for each of several learned slopes a row, (slopes, n).
    """

    name: str
    x: Array
    y: Array
    layers: tuple[str, ...] = ()
    learned: bool = False


@dataclass(frozen=True, slots=True)
class LayerEquivariance:
    """Shift in, shift out: how far a layer's map of the shifted input is from its shifted map.

    axis, shift, cells  the input axis's name, the shift along it in input cells, and in the map's own
    interior            relative difference where neither map sees the border; None where no cell is that far inside
    everywhere          over all cells that both maps have
    """

    path: str
    axis: str
    shift: int
    cells: int
    interior: float | None
    everywhere: float


@dataclass(frozen=True, slots=True, eq=False)
class Occlusion:
    """What one number of an output is with a patch over each part of an input.

    input, output   their numbers
    unit            which number of the output
    measure         what it is: softmax, probability or output
    before          what it is with nothing hidden
    patch, starts   the patch's size along each axis of space, and its first cells there
    values          what the number is for each place of the patch, an axis for each of `starts`
    """

    input: int
    output: int
    unit: int
    measure: str
    before: float
    patch: tuple[int, ...]
    starts: tuple[tuple[int, ...], ...]
    values: Array

    @property
    def is_probability(self) -> bool:
        """Whether the number lies between 0 and 1, so that percent say it well."""
        return self.measure != "output"

    def falls(self, sizes: tuple[int, ...]) -> Array:
        """By how much the number falls, for each cell of the input: the mean over all patches that cover it."""
        sums, counts = np.zeros(sizes), np.zeros(sizes)
        for place in np.ndindex(self.values.shape):
            corner = (starts[at] for starts, at in zip(self.starts, place, strict=True))
            window = tuple(slice(start, start + size) for start, size in zip(corner, self.patch, strict=True))
            sums[window] += self.before - self.values[place]
            counts[window] += 1
        return np.asarray(sums / np.maximum(counts, 1))


@dataclass(frozen=True, slots=True, eq=False)
class WorkedConvolution:
    """One output of a convolution, step by step: products = patch · kernel, sum + bias = output.

    patch, kernel, products   (channels of the unit's group, *kernel size); zeros where the patch hangs over
    start                     the patch's first cell along each axis of the unpadded input map, may be negative
    output                    the layer's own output for this unit
    """

    path: str
    unit: tuple[int, ...]
    patch: Array
    kernel: Array
    products: Array
    sum: float
    bias: float
    output: float
    start: tuple[int, ...]
    dilation: tuple[int, ...]
    channels: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Top:
    """One input that drives a unit: the maximum in that file, at this sample of it and this cell of the map.

    box   the unit's receptive field on the input: (first, last) per spatial axis, may lie outside the input
    """

    value: float
    file: str
    sample: int
    cell: tuple[int, ...]
    box: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class TopInputs:
    """For every unit of a layer the files that drive it most, the strongest first; ties by file name.

    files    how many were read
    unread   those that could not be, with the reason, by name
    """

    path: str
    files: int
    units: tuple[tuple[Top, ...], ...]
    unread: tuple[tuple[str, str], ...] = ()
