"""The cells of recurrent layers: one step of an RNN, LSTM or GRU, with the state handed in and out.

Counting: as for the layers. Backward keeps the inputs and states that are given, and of the step what torch keeps on
the CPU: the gates and the new cell state of an LSTM, six values a hidden unit of a GRU, the output of an RNN.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from netinspect.catalogue.entry import (
    PARAMETERS,
    Argument,
    Backward,
    Entry,
    Output,
    Reach,
    Result,
    Saved,
    SavedFor,
    TensorType,
    Weight,
)
from netinspect.catalogue.faults import need_float32, need_rank, stated
from netinspect.catalogue.formula import formula, times
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
    return Result(
        (state,) * (2 if cell is LSTM else 1),
        parameters=(Weight("weight_ih", (size, features)), Weight("weight_hh", (size, a.hidden_size)), *biases),
        params=gates * (columns + (2 if a.bias else 0)),
        macs=times(batch, gates * columns),
        flops=flops(cell, a.bias, state.elements),
        inferred=(("input_size", features),),
        reach=Reach(mixes=(1,)),
        backward=_backward(batch * size, features, a.hidden_size, is_given=states[0] is not None),
        saved=(*_kept(cell, state, states), TensorType((batch, cell.kept_once * a.hidden_size))),
    )


def _backward(rows: int, features: int, hidden: int, *, is_given: bool) -> tuple[Backward, ...]:
    """A state that torch makes itself takes no gradient."""
    of_input = [Backward(rows * features, (taker,)) for taker in ("weight_ih", 0)]
    return (*of_input, *(Backward(rows * hidden, (taker,)) for taker in ("weight_hh", 1)[: 1 + is_given]))


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


ENTRIES: Final[tuple[Entry, ...]] = (
    _cell("RNNCell", _rnn_cell, "One step of an RNN.", (NONLINEARITY,)),
    _cell("LSTMCell", _lstm_cell, "One step of an LSTM."),
    _cell("GRUCell", _gru_cell, "One step of a GRU."),
)
