"""Recurrent layers (RNN, LSTM, GRU): a cell repeated over time, in levels and directions; and the cells alone.

Counting: MACs are the matrix products of every step, the projection of `proj_size` included. Both bias vectors
count as bias; the sigmoids and tanhs of the gates as activation; adding the two products and updating the state as
elementwise. Dropout between layers is free. Backward keeps what torch's steps keep on the CPU: the input, the output
of the layers below the last, dropout's masks, the first states, and of every step of every layer and direction the
states that are handed on, the gates, and the products or states they act on. A cell alone keeps the inputs and states
that are given, and of the step what torch keeps on the CPU: the gates and the new cell state of an LSTM, six values a
hidden unit of a GRU, the output of an RNN.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final, NamedTuple

from netinspect.catalogue.common import need_float32, need_rank, sizes, stated
from netinspect.catalogue.entry import (
    PARAMETERS,
    Argument,
    Backward,
    Entry,
    Fault,
    Output,
    Reach,
    Recurrence,
    Result,
    Saved,
    SavedFor,
    TensorType,
    Training,
    Weight,
)
from netinspect.catalogue.formula import Formula, formula, product, times
from netinspect.catalogue.signature import (
    EXAMPLE_BATCH,
    FLAG,
    NATURAL,
    OPTIONAL_TENSOR,
    POSITIVE,
    PROBABILITY,
    TENSOR,
    Whole,
    Word,
)


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


def check_states(states: tuple[TensorType | None, ...], shapes: tuple[tuple[int, ...], ...]) -> None:
    """E216 unless all states are given or none; E303 or E306 unless they have these `shapes`."""
    if 0 < sum(state is None for state in states) < len(states):
        raise Fault("E216", "an LSTM takes both h_0 and c_0, or neither")
    for name, state, shape in zip(("h_0", "c_0"), states, shapes, strict=False):
        if state is None:
            continue
        need_float32(name, state)
        if state.shape != shape:
            note = "axes of a layer's state: layers times directions, batch, features" if len(shape) == 3 else None
            message = f"{name} needs {sizes(shape)}, and gets {sizes(state.shape)}"
            raise Fault("E303", message, argument=name, note=note)


INPUT: Final = Argument("input", TENSOR)
H_0: Final = Argument("h_0", OPTIONAL_TENSOR, None)
STATES: Final = (
    Argument("h_0", OPTIONAL_TENSOR, None, packed="hx"),
    Argument("c_0", OPTIONAL_TENSOR, None, packed="hx"),
)
SIZES: Final = (Argument("input_size", POSITIVE, inferred=True), Argument("hidden_size", POSITIVE))
NONLINEARITY: Final = Argument("nonlinearity", Word(("tanh", "relu")), "tanh")
BIAS: Final = Argument("bias", FLAG, True)


MAX_LAYERS: Final = 1024


class _Plan(NamedTuple):
    """A layer's sizes: `inputs` is the width each of its `num_layers` levels sees, `carried` what a step hands on."""

    cell: Cell
    inputs: tuple[int, ...]
    hidden: int
    carried: int
    directions: int
    bias: bool

    @property
    def projected(self) -> bool:
        return self.carried != self.hidden


def _plan(cell: Cell, a: Any, features: int) -> _Plan:
    projection = getattr(a, "proj_size", 0)
    if projection >= a.hidden_size:
        raise Fault(
            "E211",
            f"proj_size={projection} must be smaller than hidden_size={a.hidden_size}",
            argument="proj_size",
            help="leave proj_size out: without it the output has hidden_size features",
        )
    carried = projection or a.hidden_size
    directions = 2 if a.bidirectional else 1
    inputs = (features, *(carried * directions for _ in range(a.num_layers - 1)))
    return _Plan(cell, inputs, a.hidden_size, carried, directions, a.bias)


def _suffixes(plan: _Plan, level: int) -> tuple[str, ...]:
    """With which torch ends the names of a level's weights, forward before reverse."""
    return (f"_l{level}", f"_l{level}_reverse")[: plan.directions]


def _weights(plan: _Plan) -> tuple[Weight, ...]:
    """torch's order: level by level, forward before reverse."""
    rows, weights = plan.cell.gates * plan.hidden, []
    for level, width in enumerate(plan.inputs):
        for suffix in _suffixes(plan, level):
            weights += [Weight(f"weight_ih{suffix}", (rows, width)), Weight(f"weight_hh{suffix}", (rows, plan.carried))]
            if plan.bias:
                weights += [Weight(f"bias_ih{suffix}", (rows,)), Weight(f"bias_hh{suffix}", (rows,))]
            if plan.projected:
                weights.append(Weight(f"weight_hr{suffix}", (plan.carried, plan.hidden)))
    return tuple(weights)


def _levels(plan: _Plan, level: Callable[[int], Formula]) -> Formula:
    """The sum over levels of `level(width of its input)`, equal levels as a product, times the directions."""
    figure = level(plan.inputs[0])
    if len(plan.inputs) > 1:
        figure = figure + times(len(plan.inputs) - 1, level(plan.inputs[1]))
    return times(plan.directions, figure)


def _macs(plan: _Plan, steps: int) -> Formula:
    def level(width: int) -> Formula:
        figure = rows(plan.cell, plan.hidden) * (formula(width) + plan.carried)
        return figure + formula(plan.carried) * plan.hidden if plan.projected else figure

    return _levels(plan, level) * steps


def _layer(cell: Cell, a: Any, input: TensorType, states: tuple[TensorType | None, ...]) -> Result:
    need_rank(cell_name(cell), input, (3,), "two axes beside the batch, time and features")
    need_float32(cell_name(cell), input)
    batch, time = input.shape[:2] if a.batch_first else input.shape[1::-1]
    if time == 0:
        raise Fault("E302", "there is no time step left")
    plan = _plan(cell, a, stated(a.input_size, input.shape[2], "input_size"))
    width, runs = plan.directions * plan.carried, a.num_layers * plan.directions
    hidden_state, cell_state = (runs, batch, plan.carried), (runs, batch, plan.hidden)
    check_states(states, (hidden_state, cell_state))
    outputs = [TensorType((*input.shape[:2], width)), TensorType(hidden_state), TensorType(cell_state)]

    def level(width: int) -> Formula:
        columns = formula(width) + plan.carried + (2 if plan.bias else 0)
        figure = rows(plan.cell, plan.hidden) * columns
        return figure + formula(plan.carried) * plan.hidden if plan.projected else figure

    return Result(
        tuple(outputs[: 3 if cell is LSTM else 2]),
        parameters=_weights(plan),
        params=_levels(plan, level),
        macs=times(batch, _macs(plan, time)),
        flops=flops(cell, a.bias, batch * time * runs * plan.hidden),
        inferred=(("input_size", input.shape[2]),),
        reach=Reach(mixes=(1 if a.batch_first else 0, 2)),
        training=partial(_training, a, plan, input, (batch, time), states),
    )


def _training(
    a: Any,
    plan: _Plan,
    input: TensorType,
    extent: tuple[int, int],
    states: tuple[TensorType | None, ...],
    takes: Callable[[int | str], bool],
    _first: Callable[[int], int],
) -> Training:
    """Level by level, by which of a level's weights, what it reads, and first states take gradients. The first states
    that torch makes itself take none."""
    batch, time = extent
    gates, saved, macs = batch * plan.cell.gates * plan.hidden, list[Saved](), 0
    from_hidden, from_cell = (
        state is not None and takes(number) for number, state in enumerate((*states, None)[:2], 1)
    )
    is_fed = takes(0)
    is_hidden_kept = is_cell_kept = False
    is_copied = a.batch_first and 1 not in input.shape[:2]  # each direction's own copy, in which time stands first
    for level, width in enumerate(plan.inputs):
        suffixes = _suffixes(plan, level)
        readers = [suffix for suffix in suffixes if takes(f"weight_ih{suffix}")]
        between = TensorType((time, batch, plan.directions * plan.carried))
        if level:
            saved += [between] * (bool(readers) + (is_fed and bool(a.dropout)))  # the mask is kept as numbers
        else:
            saved += [input] * len(readers) if is_copied else [0] * bool(readers)
        feeds = False
        for suffix in suffixes:
            ih, hh, *biases = (takes(f"{kind}{suffix}") for kind in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"))
            hr = plan.projected and takes(f"weight_hr{suffix}")
            is_first = ih or hh or (plan.bias and any(biases)) or is_fed or from_hidden
            is_later = is_first or from_cell or hr
            steps = time if is_first or from_cell else time - 1 if is_later else 0
            saved.append(TensorType((steps, batch, plan.cell.kept * plan.hidden)))
            if hh and plan.cell is not RNN:  # whose gate is its hidden state
                saved.append(TensorType((time - 1, batch, plan.carried)))
            if is_later and plan.cell is LSTM:
                saved.append(TensorType((time - 1, batch, plan.hidden)))
            if hr:
                saved.append(TensorType((time, batch, plan.hidden)))
            macs += gates * (
                width * time * (ih + is_fed) + plan.carried * (time * hh + (time - 1) * is_later + from_hidden)
            )
            macs += batch * plan.hidden * plan.carried * (time * hr + steps) * plan.projected
            is_hidden_kept |= hh
            is_cell_kept |= is_first
            feeds |= is_later
        is_fed |= feeds
    widths = ((is_hidden_kept, plan.carried), (is_cell_kept, plan.hidden))
    for place, (state, (is_kept, width)) in enumerate(zip(states, widths, strict=False), 1):
        if is_kept:
            runs = len(plan.inputs) * plan.directions
            saved.append(TensorType((runs, batch, width)) if state is None else place)
    return Training(tuple(saved), macs)


def _rnn(a: Any, input: TensorType, h_0: TensorType | None) -> Result:
    return _layer(RNN, a, input, (h_0,))


def _lstm(a: Any, input: TensorType, h_0: TensorType | None, c_0: TensorType | None) -> Result:
    return _layer(LSTM, a, input, (h_0, c_0))


def _gru(a: Any, input: TensorType, h_0: TensorType | None) -> Result:
    return _layer(GRU, a, input, (h_0,))


# --- entries ---------------------------------------------------------------------------------

_NUM_LAYERS: Final = Argument("num_layers", Whole(1, MAX_LAYERS), 1)
_COMMON: Final = (
    BIAS,
    Argument(
        "batch_first",
        FLAG,
        False,
        must_say=True,
        why="torch's default takes time as the first axis, and a network's input has the batch there",
    ),
    Argument("dropout", PROBABILITY, 0.0),
    Argument("bidirectional", FLAG, False),
)
_OUTPUT: Final = Output("output", (0,))


def _recurrent(
    name: str,
    rule: Callable[..., Result],
    summary: str,
    between: tuple[Argument, ...],
    after: tuple[Argument, ...] = (),
) -> Entry:
    is_lstm = name == "LSTM"
    return Entry(
        name,
        f"torch.nn.{name}",
        "recurrent",
        rule,
        (*SIZES, *between, *_COMMON, *after),
        (INPUT, *(STATES if is_lstm else (H_0,))),
        unnamed=("hidden_size",),
        outputs=(_OUTPUT, Output("h_n", (1, 0)), Output("c_n", (1, 1))) if is_lstm else (_OUTPUT, Output("h_n", (1,))),
        example=f"{name}(64, batch_first=True)",
        example_inputs=(TensorType((EXAMPLE_BATCH, 100, 6)),),
        summary=summary,
        is_layer=True,
        units="last",
        recurrence=RECURRENCES[name],
    )


_LAYERS: Final[tuple[Entry, ...]] = (
    _recurrent("RNN", _rnn, "Plain recurrent layer: the state is tanh or ReLU of input and state.",
               (_NUM_LAYERS, NONLINEARITY)),
    _recurrent("LSTM", _lstm, "Long short-term memory: a gated cell state carried over time.",
               (_NUM_LAYERS,), (Argument("proj_size", NATURAL, 0),)),
    _recurrent("GRU", _gru, "Gated recurrent unit: two gates and one state.", (_NUM_LAYERS,)),
)  # fmt: skip


# --- cells: one step -----------------------------------------------------------------------------


def _one_step(cell: Cell, a: Any, input: TensorType, states: tuple[TensorType | None, ...]) -> Result:
    name = f"{cell_name(cell)}Cell"
    need_rank(name, input, (2,), "one axis beside the batch, the features of one step")
    need_float32(name, input)
    batch, features = input.shape
    stated(a.input_size, features, "input_size")
    state = TensorType((batch, a.hidden_size))
    check_states(states, (state.shape, state.shape))
    gates, columns = rows(cell, a.hidden_size), formula(features) + a.hidden_size
    size = cell.gates * a.hidden_size
    biases = (Weight("bias_ih", (size,)), Weight("bias_hh", (size,))) if a.bias else ()
    takers = ("weight_hh", 1) if states[0] is not None else ("weight_hh",)  # a state that torch makes takes no gradient
    backward = (
        *(Backward(batch * size * features, (taker,)) for taker in ("weight_ih", 0)),
        *(Backward(batch * size * a.hidden_size, (taker,)) for taker in takers),
    )
    return Result(
        (state,) * (2 if cell is LSTM else 1),
        parameters=(Weight("weight_ih", (size, features)), Weight("weight_hh", (size, a.hidden_size)), *biases),
        params=gates * (columns + (2 if a.bias else 0)),
        macs=times(batch, gates * columns),
        flops=flops(cell, a.bias, state.elements),
        inferred=(("input_size", features),),
        reach=Reach(mixes=(1,)),
        backward=backward,
        saved=(*_kept(cell, state, states), TensorType((batch, cell.kept_once * a.hidden_size))),
    )


def _kept(cell: Cell, state: TensorType, states: tuple[TensorType | None, ...]) -> tuple[Saved | SavedFor, ...]:
    """The input and the hidden state, for the weights, and an LSTM's cell state, for its gates; where none are handed
    in, the zeros that are both."""
    if states[0] is None:
        zeros = state if cell is LSTM else SavedFor(state, ("weight_hh",))
        return SavedFor(0, ("weight_ih",)), zeros
    return (
        *(SavedFor(place, (weight,)) for place, weight in enumerate(("weight_ih", "weight_hh"))),
        *((SavedFor(2, (PARAMETERS, 0, 1)),) if cell is LSTM else ()),
    )


def _rnn_cell(a: Any, input: TensorType, h_0: TensorType | None) -> Result:
    return _one_step(RNN, a, input, (h_0,))


def _lstm_cell(a: Any, input: TensorType, h_0: TensorType | None, c_0: TensorType | None) -> Result:
    return _one_step(LSTM, a, input, (h_0, c_0))


def _gru_cell(a: Any, input: TensorType, h_0: TensorType | None) -> Result:
    return _one_step(GRU, a, input, (h_0,))


def _cell(name: str, rule: Callable[..., Result], summary: str, after: tuple[Argument, ...] = ()) -> Entry:
    is_lstm = name == "LSTMCell"
    return Entry(
        name,
        f"torch.nn.{name}",
        "recurrent",
        rule,
        (*SIZES, BIAS, *after),
        (INPUT, *(STATES if is_lstm else (H_0,))),
        unnamed=("hidden_size",),
        outputs=(Output("h", (0,)), Output("c", (1,))) if is_lstm else (Output("output"),),
        example=f"{name}(64)",
        example_inputs=(TensorType((EXAMPLE_BATCH, 6)),),
        summary=summary,
        is_layer=True,
        units="last",
        recurrence=RECURRENCES[name.removesuffix("Cell")]._replace(over="step"),
    )


_CELLS: Final[tuple[Entry, ...]] = (
    _cell("RNNCell", _rnn_cell, "One step of an RNN.", (NONLINEARITY,)),
    _cell("LSTMCell", _lstm_cell, "One step of an LSTM."),
    _cell("GRUCell", _gru_cell, "One step of a GRU."),
)

ENTRIES: Final[tuple[Entry, ...]] = (*_LAYERS, *_CELLS)
