"""What recurrent layers and their cells share: the cell, described once, its figures, and the checks of its state."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from netinspect.catalogue.entry import Argument, Fault, Recurrence, TensorType
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


def _rnn_step(a: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    return ((f"h ← {a['nonlinearity']}(W_ih·x + W_hh·h{_bias(a)})", "the state"),)


def _lstm_step(a: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    b = _bias(a)
    output = "W_hr·(o⊙tanh(c))" if a.get("proj_size") else "o⊙tanh(c)"
    return (
        (f"i = σ(W_ii·x + W_hi·h{b})", "input gate: how much is taken in"),
        (f"f = σ(W_if·x + W_hf·h{b})", "forget gate: how much of c is kept"),
        (f"g = tanh(W_ig·x + W_hg·h{b})", "cell gate: what is taken in"),
        (f"o = σ(W_io·x + W_ho·h{b})", "output gate: how much of c is put out"),
        ("c ← f⊙c + i⊙g", "the cell's state"),
        (f"h ← {output}", "the state that is put out"),
    )


def _gru_step(a: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    b = _bias(a)
    return (
        (f"r = σ(W_ir·x + W_hr·h{b})", "reset gate: how much of h counts for n"),
        (f"z = σ(W_iz·x + W_hz·h{b})", "update gate: how much of h is kept"),
        (f"n = tanh(W_in·x{b} + r⊙(W_hn·h{b}))", "new gate: what takes its place"),
        ("h ← (1 − z)⊙n + z⊙h", "the state"),
    )


def _bias(a: Mapping[str, Any]) -> str:
    return " + b" if a["bias"] else ""


RECURRENCES: Final = {
    "RNN": Recurrence((), ("h",), _rnn_step),
    "LSTM": Recurrence((("i", "input"), ("f", "forget"), ("g", "cell"), ("o", "output")), ("h", "c"), _lstm_step),
    "GRU": Recurrence((("r", "reset"), ("z", "update"), ("n", "new")), ("h",), _gru_step),
}
"""By layer; those of torch's documentation, in the order of the rows of its weights."""


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
