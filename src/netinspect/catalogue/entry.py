"""The contract of the catalogue: what it takes to say, once, what a layer or a function is.

An `Entry` names torch's class or function, its arguments with their kinds and defaults, its tensors,
and one `rule`: a pure function from arguments and input types to a `Result` (output types, parameter
and buffer shapes, MACs and parameter formulas, FLOP buckets, receptive field, what backward keeps).
Everything else in netinspect (checking, counting, building, documentation, the schema, the property
tests) derives from entries. No torch here.

A layer's rule is called `rule(a, *tensors)`: `a` has the constructor's arguments as attributes, the
tensors are the forward arguments in order (None for an absent optional one; plain values for forward
arguments that are no tensors). A function's rule is called with its arguments in order, tensors as
`TensorType`, a variadic one as a tuple. Rules see ints, floats, bools, str, None and tuples only.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal, NamedTuple

from netinspect.catalogue.formula import ZERO, Formula, count

# --- tensors ---------------------------------------------------------------------------------

DTYPE_BYTES: Final[Mapping[str, int]] = {
    "float32": 4, "float64": 8, "float16": 2, "bfloat16": 2, "complex64": 8,
    "int8": 1, "uint8": 1, "int16": 2, "int32": 4, "int64": 8, "bool": 1,
}  # fmt: skip


class TensorType(NamedTuple):
    """What is known of a tensor without running anything: its sizes (batch included) and dtype."""

    shape: tuple[int, ...]
    dtype: str = "float32"

    @property
    def rank(self) -> int:
        return len(self.shape)

    @property
    def elements(self) -> int:
        return count(self.shape)

    @property
    def bytes(self) -> int:
        return self.elements * DTYPE_BYTES[self.dtype]

    @property
    def is_float(self) -> bool:
        return self.dtype in ("float32", "float64", "float16", "bfloat16")

    def with_shape(self, shape: tuple[int, ...]) -> TensorType:
        return TensorType(shape, self.dtype)


class Weight(NamedTuple):
    """A parameter or buffer of a layer, by its own name inside the layer (`weight`, `weight_ih_l0`).

    persistent: as torch calls it, whether the state dict has it; a buffer may be kept out.
    """

    name: str
    shape: tuple[int, ...]
    dtype: str = "float32"
    persistent: bool = True


# --- receptive field -------------------------------------------------------------------------


class Window(NamedTuple):
    """How outputs along one axis see inputs: output i sees inputs from i·stride - before, `size` of them,
    `dilation` apart. A transposed convolution spreads instead: then `spread` is its stride and stride is 1.
    With both, all counts are steps of a finer grid in which the inputs stand `spread` apart: an adaptive pooling
    or resizing from 7 to 3 has stride 7 and spread 3."""

    size: int = 1
    stride: int = 1
    before: int = 0
    dilation: int = 1
    spread: int = 1


class Reach(NamedTuple):
    """How a call moves the receptive field of its first tensor (others join it where shapes align).

    `windows`: (input axis, Window) for axes along which outputs see a window.
    `mixes`: input axes along which every output sees all (the features of a Linear, the time of an LSTM).
    `axes`: for each output axis the input axes it carries, e.g. flatten(1) of rank 4 is ((0,), (1, 2, 3));
    None where output and input axes are the same ones.
    Axes are counted from 0, never negative.
    """

    windows: tuple[tuple[int, Window], ...] = ()
    mixes: tuple[int, ...] = ()
    axes: tuple[tuple[int, ...], ...] | None = None


POINTWISE: Final = Reach()

# --- what a rule answers ---------------------------------------------------------------------

BUCKETS: Final = ("bias", "activation", "normalisation", "pooling", "elementwise")

PARAMETERS: Final = "parameters"

Saved = int | str | TensorType
"""What autograd keeps: an int is that input tensor, "output" the first output, a TensorType one of the call's own."""


class SavedFor(NamedTuple):
    """What autograd keeps only where one of `takers` takes a gradient: input tensors by number, parameters by name, or
    any of the layer's `PARAMETERS`."""

    item: Saved
    takers: tuple[int | str, ...]


class Backward(NamedTuple):
    """MACs of the backward pass, which are needed where one of `takers` takes a gradient."""

    macs: int
    takers: tuple[int | str, ...]


class Training(NamedTuple):
    """What autograd keeps of one call in a training step, and the MACs of the call's backward pass."""

    saved: tuple[Saved, ...]
    backward_macs: int


@dataclass(frozen=True, slots=True)
class Result:
    """What one call is and costs, for the very shapes it was asked with (batch included).

    outputs      types, in the order of the entry's `outputs` (for a list output: one per element)
    parameters   torch's names and shapes in state-dict order; buffers likewise
    params       the parameter count with its arithmetic; equals the elements of `parameters`, each tie once
    macs         multiply-accumulates of this call, bias excluded, with its arithmetic
    flops        FLOPs by bucket (see BUCKETS), apart from 2·macs
    inferred     values of the constructor's inferred arguments (`in_channels`), as torch wants them
    reach        the receptive field's move
    saved        what autograd keeps for backward in training; a `SavedFor` for some gradients only
    backward     the products of the backward pass; where nothing is said, each product has two, one for either factor
    training     in place of `saved` and `backward`, for a layer of several operations: both, asked with whether an
                 input (by number) or a parameter (by name) takes a gradient, and with the first number of a tensor
                 that is several inputs
    alias        True where output 0 shares memory with input 0 (views, in-place, Identity)
    uncounted    what this call computes that no figure covers, or None
    places       where torch's result has these outputs, if the arguments decide it (`return_indices` makes the
                 bare tensor a tuple); else None, and the entry's `outputs` say it
    ties         names of a parameter that has several in the layer: each further one, and its first
    frozen       names of the parameters that the layer itself keeps from training
    """

    outputs: tuple[TensorType, ...]
    parameters: tuple[Weight, ...] = ()
    buffers: tuple[Weight, ...] = ()
    params: Formula = ZERO
    macs: Formula = ZERO
    flops: tuple[tuple[str, int], ...] = ()
    inferred: tuple[tuple[str, Any], ...] = ()
    reach: Reach = POINTWISE
    saved: tuple[Saved | SavedFor, ...] = ()
    backward: tuple[Backward, ...] = ()
    training: Callable[[Callable[[int | str], bool], Callable[[int], int]], Training] | None = None
    alias: bool = False
    uncounted: str | None = None
    places: tuple[tuple[int, ...], ...] | None = None
    ties: tuple[tuple[str, str], ...] = ()
    frozen: tuple[str, ...] = ()

    @property
    def saved_at_most(self) -> tuple[Saved, ...]:
        """What autograd keeps where everything takes a gradient."""
        if self.training is not None:
            return self.training(lambda _taker: True, lambda number: number).saved
        return tuple(kept.item if isinstance(kept, SavedFor) else kept for kept in self.saved)

    @property
    def may_be_saved(self) -> frozenset[Saved]:
        """What autograd keeps in some training: attention keeps a mask only where that takes no gradient."""
        if self.training is None:
            return frozenset(self.saved_at_most)
        of_first = self.training(lambda taker: taker == 0, lambda number: number)
        return frozenset((*self.saved_at_most, *of_first.saved))


class Fault(Exception):
    """A mistake found by a kind or a rule. The elaborator adds the place: the argument's, or the call's."""

    def __init__(
        self, code: str, message: str, *, argument: str | None = None, note: str | None = None, help: str | None = None
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.argument = argument
        self.note = note
        self.help = help


# --- arguments -------------------------------------------------------------------------------


class _Required:
    def __repr__(self) -> str:
        return "REQUIRED"


REQUIRED: Final = _Required()
"""The default of an argument that has none."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What an argument may be. Subclasses check and normalise a value; they are data that tests, docs and
    the schema read (see `kinds.py`)."""

    def check(self, value: Any) -> Any:  # noqa: ARG002  its subclasses use it
        """The normalised value (hashable: tuples, not lists), or a Fault E205, E211, E212, E213, E214."""
        raise AssertionError("a kind checks")  # pragma: no cover

    def describe(self) -> str:
        """A few words for the reference: `whole number ≥ 1`."""
        raise AssertionError("a kind describes itself")  # pragma: no cover


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument by torch's name. `inferred`: worked out from the input, allowed and checked if stated.
    `must_say`: torch has a default, but it is a trap; the spec has to say it (E207), `why` tells the reason.
    `variadic`: takes all remaining unnamed values (`permute(0, 2, 1)`, `cat(a, b, dim=1)`). Its kind checks the
    whole tuple, and takes a lone tuple in it for all of them (`permute((0, 2, 1))`). Torch is given one tuple:
    `x.permute((0, 2, 1))`, `torch.cat((a, b), dim=1)`, `torch.einsum(equation, (a, b))`.
    `keyword_only`: is passed to torch by name, and so is every argument after one that is left out. An
    optional argument is left out where it equals its default.
    `same_as`: None stands for that other argument, which torch is then given (key = query in self-attention).
    `packed`: torch takes the arguments of the same `packed` name as one tuple in their place, or nothing if
    they are None: `lstm(input, (h_0, c_0))`."""

    name: str
    kind: Kind
    default: Any = REQUIRED
    inferred: bool = False
    must_say: bool = False
    why: str | None = None
    variadic: bool = False
    keyword_only: bool = False
    same_as: str | None = None
    packed: str | None = None


class Output(NamedTuple):
    """A named output and where it stands in what torch returns: `h_n` of an LSTM is ("h_n", (1, 0))."""

    name: str
    place: tuple[int, ...] = ()


Effect = Literal[
    "learned", "linear", "moves", "drops", "bends", "squashes", "chances", "shares", "log shares", "adds", "computes",
]  # fmt: skip
"""What a call makes of the values of its first tensor:

learned    a linear function of them with weights: Linear, convolutions
linear     a linear function without such weights: average pooling, padding; BatchNorm, which in inference is one
moves      the very same values, in another place or shape
drops      the same values, some of them 0 at random while training
bends      a nonlinear function of each, as hidden units have it: ReLU, GELU
squashes   a nonlinear function of each that gives a number with a meaning: a bounded or positive number
chances    the same, and the number is a probability: Sigmoid
shares     shares of a whole, which sum to 1: Softmax
log shares logarithms of such shares: LogSoftmax
adds       their sum with other values, or their negative: element by element, and linear in all of them
computes   another function of each, or of several element by element, as formulas have it: mul, exp, clamp, where
"""

SQUASHING: Final[frozenset[Effect]] = frozenset({"squashes", "chances", "log shares"})
"""What gives numbers with a meaning, other than shares."""

EFFECT_OF_FAMILY: Final[Mapping[str, Effect]] = {
    "activation": "bends",
    "dropout": "drops",
    "padding": "linear",
    "rearranging": "moves",
}
"""For entries that do not say it themselves."""

Normalisation = Literal["batch", "instance", "groups", "last axes"]
"""Over what a normalisation takes its mean and variance: each channel over the batch, or over its own sample; groups
of channels of a sample; the last axes of a sample."""


class Attends(NamedTuple):
    """What in a layer attends: the modules of these names, or it itself (""), in each layer of a stack where there is
    one; `layers` is the argument that says how many those are.
    """

    names: tuple[str, ...] = ("",)
    stack: str = ""
    layers: str = ""


Units = Literal["first", "last"]
"""An axis of channels or features: behind the samples, or the last."""

Recurs = Literal["sequence", "step"]
"""What one call of a recurrent layer runs over: LSTM over a sequence, LSTMCell one step."""


class Recurrence(NamedTuple):
    """What a recurrent layer does at each step.

    gates   letter and name of each block of rows of its weights, in order; () where there is one block
    states  what it hands on to the next step
    step    by its arguments, the equations of a step: each as it is written, with what it says in a word
    over    what one call of it runs over
    """

    gates: tuple[tuple[str, str], ...]
    states: tuple[str, ...]
    step: Callable[[Mapping[str, Any]], tuple[tuple[str, str], ...]]
    over: Recurs = "sequence"


@dataclass(frozen=True, slots=True)
class Entry:
    """One layer class or tensor function.

    name        as written in a spec: `Conv2d`, `cat`
    torch       where torch has it: `torch.nn.Conv2d`, `torch.cat`, `Tensor.permute`, `operator.getitem`;
                `netinspect.crop_like` for one of ours
    family      the catalogue file's theme, for the reference documentation
    arguments   the constructor's (layers), in torch's order; () for functions
    forward     the call's own arguments, tensors among them (kind TENSOR, …), in torch's order
    unnamed     constructor arguments that may be given without a name, in order, where the sizes that are inferred are
                left out; torch's own order holds where there are as many as torch requires
    rule        arguments and types to a Result
    outputs     names and places of the outputs
    gives_list  a function whose torch result is a tuple of tensors (chunk, split, unbind)
    example     the lines of a list of layers that show it, mostly one: `Conv2d(6, kernel_size=5)`
    example_inputs      what they are shown with, batch included: `input`, or `a`, `b`, … where there are several and
                        no line names them in front of its colon
    example_parameters  nn.Parameters the lines use, by name and shape
    stack_of    a layer that is `num_layers` copies of another: that one's class in torch, which takes all other
                arguments. Built as torch(stack_of(**others), num_layers, **stack_options)
    stack_options  of the stack's constructor, always given
    made_by     a user's own class, in place of what `torch` names
    effect      what it makes of the values of its first tensor; None for all that `Effect` does not list
    keeps_chances  whether all that it gives lies between 0 and 1 where all that it takes does: `mean`, `mul`. What only
                moves values does so, too, and need not say it
    normalises  over what it takes mean and variance, if it normalises
    attends     what in it gives attention weights, in the order in which it runs
    recurrence  what it does at each step, if it is recurrent
    drawn_as    the family of its box in the architecture diagram, where that is not its own family's
    short       what a diagram calls it: `BN`, `Attention`; "" for its name without the number of its axes
    units       where it puts the units that it makes: on axis 1, or on the last one; None for what carries along those
                of its input
    type_of     places of tensors of which it takes the shape or dtype alone, and no numbers: `crop_like`, `zeros_like`
    layer_with_weight   of a function that needs a weight: the layer that makes its own
    """

    name: str
    torch: str
    family: str
    rule: Callable[..., Result]
    arguments: tuple[Argument, ...] = ()
    forward: tuple[Argument, ...] = ()
    unnamed: tuple[str, ...] = ()
    outputs: tuple[Output, ...] = (Output("output"),)
    gives_list: bool = False
    example: str = ""
    example_inputs: tuple[TensorType, ...] = ()
    example_parameters: tuple[tuple[str, tuple[int, ...]], ...] = ()
    summary: str = ""
    is_layer: bool = field(default=False)
    stack_of: str | None = None
    stack_options: tuple[tuple[str, Any], ...] = ()
    made_by: Any = None
    effect: Effect | None = None
    keeps_chances: bool = False
    normalises: Normalisation | None = None
    units: Units | None = None
    attends: tuple[Attends, ...] = ()
    recurrence: Recurrence | None = None
    drawn_as: str = ""
    short: str = ""
    type_of: tuple[int, ...] = ()
    layer_with_weight: str = ""

    def argument(self, name: str) -> Argument | None:
        """The constructor or forward argument of that name."""
        for argument in (*self.arguments, *self.forward):
            if argument.name == name:
                return argument
        return None

    def output_suffix(self, index: int) -> str:
        """What stands behind a call's path for one of its outputs: `[1]` of a list, `.h_n` of a further output."""
        if self.gives_list:
            return f"[{index}]"
        return f".{self.outputs[index].name}" if index else ""

    @property
    def recurs(self) -> Recurs | None:
        """Whether it carries a state through a whole sequence or from one step to the next; None if it has none."""
        return None if self.recurrence is None else self.recurrence.over

    @property
    def torch_signature(self) -> tuple[str, ...]:
        """The arguments that torch takes without a name, in its order; () where no size is worked out from the input,
        and for a stack, which takes the arguments of its layer."""
        if self.stack_of is not None or not any(argument.inferred for argument in self.arguments):
            return ()
        return tuple(argument.name for argument in self.arguments if not argument.keyword_only)

    @property
    def required(self) -> frozenset[str]:
        """The arguments without which torch makes no such layer."""
        return frozenset(a.name for a in self.arguments if a.inferred or (a.default is REQUIRED and not a.must_say))
