"""Recurrent layers (RNN, LSTM, GRU): a cell of `recurrence.py` repeated over time, in levels and directions.

Counting: MACs are the matrix products of every step, the projection of `proj_size` included. Both bias vectors
count as bias; the sigmoids and tanhs of the gates as activation; adding the two products and updating the state as
elementwise. Dropout between layers is free. Backward keeps what torch's steps keep on the CPU: the input, the output
of the layers below the last, dropout's masks, the first states, and of every step of every layer and direction the
states that are handed on, the gates, and the products or states they act on.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Final, NamedTuple

from netinspect.catalogue.entry import (
    Argument,
    Entry,
    Fault,
    Output,
    Reach,
    Result,
    Saved,
    TensorType,
    Training,
    Weight,
)
from netinspect.catalogue.faults import need_float32, need_rank, stated
from netinspect.catalogue.formula import Formula, formula, times
from netinspect.catalogue.kinds import FLAG, NATURAL, PROBABILITY, Whole
from netinspect.catalogue.layer import EXAMPLE_BATCH
from netinspect.catalogue.recurrence import (
    BIAS,
    GRU,
    H_0,
    INPUT,
    LSTM,
    NONLINEARITY,
    RECURRENCES,
    RNN,
    SIZES,
    STATES,
    Cell,
    cell_name,
    check_states,
    flops,
    rows,
)

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


ENTRIES: Final[tuple[Entry, ...]] = (
    _recurrent("RNN", _rnn, "Plain recurrent layer: the state is tanh or ReLU of input and state.",
               (_NUM_LAYERS, NONLINEARITY)),
    _recurrent("LSTM", _lstm, "Long short-term memory: a gated cell state carried over time.",
               (_NUM_LAYERS,), (Argument("proj_size", NATURAL, 0),)),
    _recurrent("GRU", _gru, "Gated recurrent unit: two gates and one state.", (_NUM_LAYERS,)),
)  # fmt: skip
