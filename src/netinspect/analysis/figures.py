"""The plain data that analysis hands on: tensors, rows, sections, totals, a profile.

Nothing here refers back to the network or the catalogue: ints, strings and tuples only, so that a
profile can be printed, written, compared and pickled by code that knows nothing else of netinspect. Rows and
tensors are named tuples, because there may be a hundred thousand of them and those are made three times as fast.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple

ReceptiveField = tuple[int, ...] | Literal["global"] | None
"""Size by spatial axis of the input, `"global"` where a unit sees all of it, None where no input axis is spatial."""


class Tensor(NamedTuple):
    """What a row takes or gives. `batch_axes` are the axes whose size follows the batch, `batch_sizes` says how: `N`,
    or `100N` where the batch is folded into another axis."""

    name: str
    shape: tuple[int, ...]
    dtype: str
    batch_axes: tuple[int, ...] = ()
    batch_sizes: tuple[str, ...] = ()


def titled(path: str, type: str) -> str:
    """A layer's path, with its type where the last name in it is a mere number: `conv1`, `4 Linear`."""
    return f"{path} {type}" if path.rpartition(".")[2].isdigit() else path


class Row(NamedTuple):
    """One call of a layer or function, or one parameter of a scope's own (`type` is then `Parameter`).

    path, scope, name   `layer1.0.conv1` in `layer1.0`, `conv1` for short
    sources             paths of the rows that feed it; an input by its name
    params              parameters counted here; those counted in an earlier row are `shared_params`
    params_formula      the arithmetic of `params`, None where there is nothing to work out
    shared_with         the row that owns the shared parameters, or None
    parameters          (state-dict key, elements) of all it uses, shared ones included
    buffers             elements of the buffers it owns, `buffer_keys` their state-dict keys
    flop_buckets        FLOPs beside 2·macs, by bucket
    activation_bytes    memory its outputs newly take; 0 for views and in-place operations
    receptive_field     of one unit of the first output, `stride` and `offset` with it
    windowed            whether it moves the receptive field by a window
    uncounted           what it computes that no figure covers, or None
    """

    path: str
    scope: str
    name: str
    type: str
    is_layer: bool
    sources: tuple[str, ...]
    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]
    kernel: tuple[int, ...] | None
    params: int
    trainable_params: int
    shared_params: int
    params_formula: str | None
    shared_with: str | None
    parameters: tuple[tuple[str, int], ...]
    buffers: int
    buffer_keys: tuple[str, ...]
    macs: int
    macs_formula: str | None
    flop_buckets: tuple[tuple[str, int], ...]
    activation_bytes: int
    receptive_field: ReceptiveField
    stride: tuple[int | float, ...] | None
    offset: tuple[int | float, ...] | None
    windowed: bool
    uncounted: str | None
    line: int

    @property
    def title(self) -> str:
        """Its path, with its type where that is a mere number."""
        return titled(self.path, self.type)

    @property
    def flops(self) -> int:
        """Two for each multiply-accumulate."""
        return 2 * self.macs


@dataclass(frozen=True, slots=True)
class Section:
    """One use of a scope: a sub-network, a block, a repeat. `title` is the block's name, or None."""

    path: str
    name: str
    title: str | None
    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]
    children: tuple[Row | Section, ...]
    line: int

    @property
    def rows(self) -> Iterator[Row]:
        """Every row inside, in order."""
        for child in self.children:
            if isinstance(child, Row):
                yield child
            else:
                yield from child.rows


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums over all rows. Bytes are for the dtype and optimiser asked for.

    shared_params     unique parameters that more than one row uses (counted once in `params`)
    buffers           elements, BatchNorm's counters included
    peak_activation_bytes   the most memory that tensors take at one time in inference
    saved_activation_bytes  what a training step keeps for backward
    backward_macs     2·macs less the gradients of what needs none
    receptive_field   of the last spatial feature map that does not see all, made by the row `receptive_field_of`
    whole_field       of the first map after it that sees all along an axis, made by the row `whole_field_of`; both are
                      None where there is none
    layers            calls of layers, and of functions that multiply by a parameter; `depth` the longest path of those
                      that have parameters
    """

    params: int
    trainable_params: int
    frozen_params: int
    shared_params: int
    buffers: int
    macs: int
    flops: int
    flop_buckets: tuple[tuple[str, int], ...]
    backward_macs: int
    param_bytes: int
    buffer_bytes: int
    input_bytes: int
    peak_activation_bytes: int
    saved_activation_bytes: int
    gradient_bytes: int
    optimizer_bytes: int
    receptive_field: ReceptiveField
    receptive_field_of: str | None
    whole_field: ReceptiveField
    whole_field_of: str | None
    layers: int
    depth: int


@dataclass(frozen=True, slots=True)
class NetworkInput:
    """An input of the network and the names of its axes, batch left out."""

    tensor: Tensor
    axes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PeerFigure:
    """What another tool prints for the network: `ours` are MACs, `theirs` its figure, which it calls `called` and
    writes as `printed`.

    `differences` are (reason, operations), largest first, and sum to theirs - ours.
    """

    tool: str
    called: str
    ours: int
    theirs: int
    printed: str
    differences: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Profile:
    """What a network costs: every row in order, the sections they stand in, the totals.

    `outputs` are what it returns, by the names that the spec gives its outputs, else by those of their lines.
    `peer` is another tool's figure beside ours, where one was asked for.
    """

    name: str
    source: str
    variant: str | None
    batch_size: int
    dtype: str
    optimizer: str | None
    inputs: tuple[NetworkInput, ...]
    outputs: tuple[Tensor, ...]
    root: Section
    totals: Totals
    peer: PeerFigure | None = None

    @property
    def rows(self) -> tuple[Row, ...]:
        """Every row, in order."""
        return tuple(self.root.rows)

    @property
    def uncounted(self) -> tuple[str, ...]:
        """What no figure covers, one a kind, in order."""
        return tuple(dict.fromkeys(row.uncounted for row in self.root.rows if row.uncounted))

    @property
    def status(self) -> Literal["complete", "partial"]:
        """`partial` where something is uncounted."""
        return "partial" if self.uncounted else "complete"
