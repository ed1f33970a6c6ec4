"""What recurrent layers and their cells share: the cell, described once, its figures, and the checks of its state."""

from __future__ import annotations

from typing import Final, NamedTuple

from netinspect.catalogue.entry import Argument, Fault, TensorType
from netinspect.catalogue.faults import need_float32, sizes
from netinspect.catalogue.formula import Formula, product
from netinspect.catalogue.kinds import FLAG, OPTIONAL_TENSOR, POSITIVE, TENSOR, Word


class Cell(NamedTuple):
    """One step of a recurrent layer, per hidden unit.

    gates        rows of the weight matrices per hidden unit
    activations  sigmoids and tanhs a step
    updates      elementwise operations a step, beside adding the two products
    kept         values that backward keeps of a step in a layer, beside the states that are handed on
    kept_once    and of a cell's single step
    """

    gates: int
    activations: int
    updates: int
    kept: int
    kept_once: int


RNN: Final = Cell(gates=1, activations=1, updates=0, kept=1, kept_once=1)
LSTM: Final = Cell(gates=4, activations=5, updates=4, kept=5, kept_once=5)
GRU: Final = Cell(gates=3, activations=3, updates=5, kept=6, kept_once=6)


def cell_name(cell: Cell) -> str:
    """The layer's name in messages."""
    return {1: "RNN", 4: "LSTM", 3: "GRU"}[cell.gates]


def rows(cell: Cell, hidden: int) -> Formula:
    """The rows of a weight matrix: gates times hidden units."""
    return product(size for size in (cell.gates, hidden) if size != 1 or cell.gates == hidden == 1)


def flops(cell: Cell, bias: bool, hidden_steps: int) -> tuple[tuple[str, int], ...]:
    """FLOPs by bucket. `hidden_steps`: hidden units times steps, over batch, levels and directions."""
    return (
        ("bias", 2 * cell.gates * hidden_steps if bias else 0),
        ("activation", cell.activations * hidden_steps),
        ("elementwise", (cell.gates + cell.updates) * hidden_steps),
    )


def _check_state(name: str, state: TensorType | None, shape: tuple[int, ...]) -> None:
    if state is not None:
        need_float32(name, state)
        if state.shape != shape:
            note = "axes of a layer's state: layers times directions, batch, features" if len(shape) == 3 else None
            message = f"{name} needs {sizes(shape)}, and gets {sizes(state.shape)}"
            raise Fault("E303", message, argument=name, note=note)


def check_states(states: tuple[TensorType | None, ...], shapes: tuple[tuple[int, ...], ...]) -> None:
    """E216 unless all states are given or none; E303 or E306 unless they have these `shapes`."""
    if 0 < sum(state is None for state in states) < len(states):
        raise Fault("E216", "an LSTM takes both h_0 and c_0, or neither")
    for name, state, shape in zip(("h_0", "c_0"), states, shapes, strict=False):
        _check_state(name, state, shape)


INPUT: Final = Argument("input", TENSOR)
H_0: Final = Argument("h_0", OPTIONAL_TENSOR, None)
STATES: Final = (
    Argument("h_0", OPTIONAL_TENSOR, None, packed="hx"),
    Argument("c_0", OPTIONAL_TENSOR, None, packed="hx"),
)
SIZES: Final = (Argument("input_size", POSITIVE, inferred=True), Argument("hidden_size", POSITIVE))
NONLINEARITY: Final = Argument("nonlinearity", Word(("tanh", "relu")), "tanh")
BIAS: Final = Argument("bias", FLAG, True)
