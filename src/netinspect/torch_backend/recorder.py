"""One run of any torch model, watched from outside: which modules and functions it called, on what.

A TorchFunctionMode sees the functions, and a wrapped `nn.Module.__call__` the modules. A layer of the catalogue is one
call and not looked into. Sizes are handed to the model as ints that remember where they come from.
"""

from __future__ import annotations

import builtins
import dis
import functools
import itertools
import os
import re
import sys
import threading
import weakref
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import CodeType, FrameType
from typing import Any, Final, SupportsIndex

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from netinspect.importing.trace import Arithmetic, FunctionCall, ModuleCall, NotImported, Number, Reference, SizeOf
from netinspect.torch_backend.layer_arguments import entry_of

MAX_CALLS: Final = 100_000
MAX_VALUES: Final = 1_000_000
"""How many numbers of a constant are kept, to find a formula for them."""


# --- sizes -----------------------------------------------------------------------------------


class Size(int):
    """A whole number read off a shape, or worked out from such; `origin` says how."""

    origin: SizeOf | Arithmetic

    @classmethod
    def of(cls, value: int, origin: SizeOf | Arithmetic) -> Size:
        size = cls(value)
        size.origin = origin
        return size

    def __reduce__(self) -> tuple[type, tuple[int]]:
        return (int, (int(self),))

    def __round__(self, ndigits: SupportsIndex | None = None) -> int:
        return self

    def __floor__(self) -> int:
        return self

    def __ceil__(self) -> int:
        return self

    def __pos__(self) -> int:
        return self

    def __neg__(self) -> int:
        return Size.of(-int(self), Arithmetic("neg", (number(self),)))


def _remembering(name: str, symbol: str) -> Callable[[Size, Any], Any]:
    plain = getattr(int, name)
    is_turned = name.startswith("__r")

    def method(self: Size, other: Any) -> Any:
        result = plain(int(self), other)
        if type(result) is not int or isinstance(other, bool):
            return result
        operands = (number(other), number(self)) if is_turned else (number(self), number(other))
        return Size.of(result, Arithmetic(symbol, operands))

    return method


for _name, _symbol in {"add": "+", "sub": "-", "mul": "*", "floordiv": "//", "mod": "%", "pow": "**"}.items():
    for _form in (f"__{_name}__", f"__r{_name}__"):
        setattr(Size, _form, _remembering(_form, _symbol))


def number(value: int) -> int | Number:
    """A size as data; any other number is itself."""
    return Number((int(value),), value.origin) if isinstance(value, Size) else value


# --- who called ------------------------------------------------------------------------------

_TORCH: Final = f"{Path(torch.__file__).parent}{os.sep}"
_NETINSPECT: Final = f"{Path(__file__).parent.parent}{os.sep}"
_WRITTEN_BY_FX: Final = re.compile(r"<eval_with_key>\.\d+")


@functools.cache
def _assigned(code: CodeType) -> Mapping[int, tuple[str, ...]]:
    """By the offset of an instruction the local variables to which its result goes."""
    names: dict[int, tuple[str, ...]] = {}
    instructions = list(dis.get_instructions(code))
    for place, (instruction, after) in enumerate(itertools.pairwise(instructions), 1):
        is_several = after.opname == "UNPACK_SEQUENCE"
        start, count = (place + 1, int(after.arg or 0)) if is_several else (place, 1)
        stored = instructions[start : start + count]
        if stored and all(item.opname in ("STORE_FAST", "STORE_NAME", "STORE_DEREF") for item in stored):
            names[instruction.offset] = tuple(str(item.argval) for item in stored)
    return names


def _caller(frame: FrameType | None) -> tuple[str, str | None]:
    """The file and line that made a call, and the variable it assigns the result to."""
    first = True
    while frame is not None:
        file = frame.f_code.co_filename
        if file.startswith(_NETINSPECT) or (first and file.endswith(("torch/overrides.py", "torch/_tensor.py"))):
            frame = frame.f_back
            continue
        if not file.startswith(_TORCH):
            names = _assigned(frame.f_code).get(frame.f_lasti, ()) if first else ()
            file = _WRITTEN_BY_FX.sub("<forward>", file)  # the code of each copy of a graph has another number
            return f"{file}:{frame.f_lineno}", names[0] if len(names) == 1 else None
        first &= file.endswith(f"nn{os.sep}functional.py")
        frame = frame.f_back
    return "", None


def _defined(module: nn.Module) -> str:
    """The file and line where the `forward` of an author's module begins; "" for one of torch's."""
    code = getattr(module.forward, "__code__", None)
    if code is None or code.co_filename.startswith((_TORCH, _NETINSPECT)):
        return ""
    return f"{_WRITTEN_BY_FX.sub('<forward>', code.co_filename)}:{code.co_firstlineno}"


# --- the recording ---------------------------------------------------------------------------

_PASSED: Final = frozenset({
    "dim", "is_floating_point", "is_complex", "is_contiguous", "stride", "element_size", "storage_offset", "data_ptr",
    "get_device", "requires_grad_", "__format__", "__repr__", "__hash__", "is_same_size", "untyped_storage", "__len__",
    "is_nonzero", "is_inference", "backward", "register_hook", "__dir__", "has_names",
})  # fmt: skip
_READ: Final = frozenset(
    {"item", "tolist", "__bool__", "__int__", "__float__", "__index__", "numpy", "__array__", "equal", "allclose"}
)


_SHAPED: Final = frozenset({
    "zeros_like", "ones_like", "full_like", "empty_like", "new_zeros", "new_ones", "new_full", "new_empty",
})  # fmt: skip
"""Functions that take a tensor's shape and type, and none of its values."""


_NEW: Final = {"new_zeros": "zeros", "new_ones": "ones", "new_full": "full"}
"""Methods that take a tensor's type alone, and the functions that they are."""


_MADE_OF_NUMBERS: Final = frozenset({"tensor", "as_tensor", "asarray", "new_tensor"})
"""Functions that make a tensor of the numbers in a list."""


def _with_tensors(index: Any) -> Any:
    """The index of a tensor with tensors of places for its lists of places, or of flags."""
    if isinstance(index, tuple):
        return tuple(map(_with_tensors, index))
    if not isinstance(index, list) or len(index) == 1:  # one place is a slice of one
        return index
    with torch._C.DisableTorchFunction():
        places = torch.tensor(index)
        return places.nonzero().flatten() if places.dtype == torch.bool and places.dim() == 1 else places


def _drops(name: str, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> bool:
    """Whether a function drops numbers at random: `F.dropout(x, 0.5)` does so in every mode."""
    if name == "scaled_dot_product_attention":
        return bool(kwargs.get("dropout_p", args[4] if len(args) > 4 else 0.0))
    rate = kwargs.get("p", args[1] if len(args) > 1 else 0.5)
    in_training = kwargs.get("training", kwargs.get("train", args[2] if len(args) > 2 else True))
    return "dropout" in name and bool(rate) and bool(in_training)


def _has_sizes(value: Any) -> bool:
    """Whether a number that was read off a shape is among the arguments of a call."""
    items = value.values() if isinstance(value, Mapping) else value if isinstance(value, tuple | list) else ()
    return isinstance(value, Size) or any(map(_has_sizes, items))


def tensors_in(value: Any) -> Iterator[tuple[tuple[int | str, ...], Tensor]]:
    """Every tensor in what a call takes or gives, and where it stands there."""
    return ((place, item) for place, item in leaves_in(value) if isinstance(item, Tensor))


def leaves_in(value: Any, place: tuple[int | str, ...] = ()) -> Iterator[tuple[tuple[int | str, ...], Any]]:
    """Everything in what a call takes or gives that holds nothing further, and where it stands there."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from leaves_in(item, (*place, key))
    elif isinstance(value, tuple) and hasattr(value, "_fields"):
        for key, item in zip(value._fields, value, strict=True):
            yield from leaves_in(item, (*place, key))
    elif isinstance(value, tuple | list):
        for position, item in enumerate(value):
            yield from leaves_in(item, (*place, position))
    elif hasattr(value, "__dataclass_fields__"):
        for key in value.__dataclass_fields__:
            yield from leaves_in(getattr(value, key), (*place, key))
    else:
        yield place, value


class CallRecorder(TorchFunctionMode):
    """One run. After it `items` has the call of the model, `shapes` and `dtypes` those of every tensor by number, and
    `contents` what the constants among them were when they were met. The tensors themselves are not kept: a model needs
    no more memory than without a recorder. A module among `opened`, which are paths, makes no call: what is called
    inside it is called by its caller."""

    def __init__(self, model: nn.Module, opened: frozenset[str] = frozenset()) -> None:
        super().__init__()
        self.opened = opened
        self.paths: dict[int, list[str]] = {}
        for path, module in model.named_modules(remove_duplicate=False):
            self.paths.setdefault(id(module), []).append(path)
        self.around = [""]
        self.called: set[str] = set()
        self.layers = {id(module) for path, module in model.named_modules() if path and entry_of(module) is not None}
        self.owned: dict[int, tuple[str, str]] = {}
        for path, parameter in model.named_parameters():
            self.owned[id(parameter)] = ("parameter", path)
        for path, buffer in model.named_buffers():
            self.owned[id(buffer)] = ("buffer", path)
        saved = model.state_dict(keep_vars=True)
        self.state = [*model.parameters(), *model.buffers(), *saved.values()]  # kept, for an `id` is of what lives
        self.saved = {id(tensor) for tensor in saved.values() if isinstance(tensor, Tensor)}
        self.numbers: dict[int, int] = {}
        self.versions: dict[int, int] = {}
        self.alive: dict[int, weakref.ref[Tensor]] = {}
        self.shapes: list[tuple[int, ...]] = []
        self.dtypes: list[torch.dtype] = []
        self.sources: dict[int, tuple[str, str]] = {}
        self.follows: set[int] = set()
        self.contents: dict[int, Tensor] = {}
        self.authors: dict[int, str | None] = {}
        self.cuts: dict[int, tuple[weakref.ref[Tensor], Any]] = {}
        self.items: list[list[FunctionCall | ModuleCall]] = [[]]
        self.plain_outputs: tuple[tuple[tuple[int | str, ...], Any], ...] = ()
        self.suspended = False
        self.calls = 0
        self.thread = threading.get_ident()

    # --- tensors

    def new(self, tensor: Tensor, source: str, name: str = "", *, follows: bool) -> int:
        """A number of its own for a tensor."""
        place, key = len(self.shapes), id(tensor)
        with torch._C.DisableTorchFunction():
            self.shapes.append(tuple(tensor.shape))
            self.dtypes.append(tensor.dtype)
        self.numbers[key] = place

        def forget(_: object) -> None:
            if self.numbers.get(key) == place:
                del self.numbers[key]
                self.cuts.pop(key, None)

        self.alive[place] = weakref.ref(tensor, forget)
        self.versions[place] = tensor._version if not tensor.is_inference() else 0
        self.sources[place] = (source, name)
        if follows:
            self.follows.add(place)
        if source == "constant" and tensor.numel() <= MAX_VALUES:
            with torch._C.DisableTorchFunction():
                self.contents[place] = tensor.detach().clone()
        return place

    def number_of(self, tensor: Tensor) -> int:
        """The number of a tensor that is used; of one never met it is a parameter, a buffer or a constant."""
        place = self.numbers.get(id(tensor))
        if place is None:
            source, name = self.owned.get(id(tensor), ("constant", ""))
            return self.new(tensor, source, name, follows=id(tensor) in self.saved)
        if not tensor.is_inference() and tensor._version != self.versions[place]:
            raise NotImported(
                "it writes into a tensor of which another tensor is a view", place=_caller(sys._getframe())[0]
            )
        return place

    def operand(self, value: Any) -> Any:
        """An argument as data."""
        if isinstance(value, Tensor):
            return Reference(self.number_of(value))
        if isinstance(value, Size):
            return number(value)
        if hasattr(type(value), "__dataclass_fields__"):
            return {key: self.operand(getattr(value, key)) for key in value.__dataclass_fields__}
        if isinstance(value, Mapping):
            return {key: self.operand(item) for key, item in value.items()}
        if isinstance(value, tuple | list):
            return tuple(self.operand(item) for item in value)
        if isinstance(value, slice):
            return slice(self.operand(value.start), self.operand(value.stop), self.operand(value.step))
        if isinstance(value, torch.dtype | torch.device | torch.memory_format | torch.layout):
            return str(value)
        return value

    def follow(self, value: Any) -> bool:
        """Whether any tensor in a value was made from the model's inputs or from what its state dict holds."""
        return any(
            self.numbers.get(id(tensor)) in self.follows or id(tensor) in self.saved for _, tensor in tensors_in(value)
        )

    # --- functions

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        kwargs = kwargs or {}
        if self.suspended or threading.get_ident() != self.thread:
            return func(*args, **kwargs)
        name = func.__name__
        if name == "__get__":
            return self._attribute(func, args)
        if name == "__set__":
            raise NotImported(f"it sets `.{func.__self__.__name__}` of a tensor", place=_caller(sys._getframe(1))[0])
        operands = self.operand(args) if name == "__setitem__" else ()  # as they are before it is written
        result = func(*args, **kwargs)
        if name == "size":
            return self._sizes(args[0], result, args[1] if len(args) > 1 else kwargs.get("dim"))
        if name in _MADE_OF_NUMBERS and not self.follow((args[1:] if name == "new_tensor" else args, kwargs)):
            author = _caller(sys._getframe(1))[1]
            self.authors[self.new(result, "constant", author or "", follows=False)] = author
            return result
        if name in ("numel", "nelement"):
            sizes = self._sizes(args[0], args[0].shape, None)
            return functools.reduce(lambda a, b: a * b, sizes, 1)
        if name == "__setitem__":
            self._write(args[0], args[1], args[2], operands)
            return result
        if name in _READ and self.follow(args):
            raise NotImported(f"`{name}` makes what follows depend on the data", place=_caller(sys._getframe(1))[0])
        if args and result is args[0] and isinstance(result, Tensor) and not result.is_inference():
            place = self.numbers.get(id(result))
            if place is not None and result._version == self.versions[place]:
                return result  # nothing was done to it, as `contiguous()` mostly does
        if name in _PASSED or name in _READ or not any(True for _ in tensors_in(result)):
            return result
        self._function(name, args, kwargs, result)
        return result

    def _attribute(self, func: Any, args: tuple[Any, ...]) -> Any:
        name = func.__self__.__name__
        result = func(*args)
        if name == "shape":
            return self._sizes(args[0], result, None)
        if name in ("T", "mT", "H", "mH", "real", "imag", "data") and isinstance(result, Tensor):
            self._function(name, args[:1], {}, result)
        return result

    def _sizes(self, tensor: Tensor, result: Any, axis: int | None) -> Any:
        if tensor.is_nested or id(tensor) not in self.numbers:
            return result
        place = self.numbers[id(tensor)]
        if isinstance(result, int):
            return Size.of(result, SizeOf(place, int(axis or 0) % tensor.dim()))
        return torch.Size([Size.of(size, SizeOf(place, position)) for position, size in enumerate(result)])

    def length(self, tensor: Tensor, size: int) -> int:
        """`len` of a tensor, as a size that knows where it comes from."""
        place = self.numbers.get(id(tensor))
        return size if place is None or self.suspended else Size.of(size, SizeOf(place, 0))

    def _write(self, target: Tensor, index: Any, value: Any, operands: tuple[Any, ...]) -> None:
        """A part of a tensor is written: it is another tensor from now on, and a constant another constant."""
        place = self.numbers[id(target)]
        base, cut = self._cut(value)
        if base is target and self.operand(cut) == self.operand(index):  # `x[0] += 1` puts back what is there
            self.versions[place] = target._version
            self.versions[self.numbers[id(value)]] = value._version
            return
        author = self.authors.get(place)
        is_constant = place not in self.follows and self.sources[place][0] in ("call", "constant")
        new = operands[2]
        if is_constant and not (isinstance(new, Reference) and new.tensor in self.follows):
            self.authors[self.new(target, "constant", author or "", follows=False)] = author
            return
        number = self.new(target, "call", follows=True)
        self.authors[number] = author
        self._add(FunctionCall("setitem", operands, {}, (((), number),), _caller(sys._getframe(2))[0], author))
        self._write_through(target)

    def _cut(self, part: Any) -> tuple[Tensor | None, Any]:
        """The tensor that this one was cut out of, and where; None where it was not, or that one is gone."""
        base, index = self.cuts.get(id(part), (None, None))
        return (base() if base is not None else None), index

    def _write_through(self, part: Tensor) -> None:
        """What is written into a part that was cut out of a tensor is written into that."""
        base, index = self._cut(part)
        place = self.numbers.get(id(base))
        if base is None or place is None or base._version == self.versions[place]:
            return
        self.versions[place] = base._version
        self._write(base, index, None, self.operand((base, index, part)))

    def _function(self, name: str, args: tuple[Any, ...], kwargs: dict[str, Any], result: Any) -> None:
        place, author = _caller(sys._getframe(2))
        follows = name not in _SHAPED and (self.follow(args) or self.follow(kwargs))
        written = args[0] if args and isinstance(args[0], Tensor) and result is args[0] else None
        if written is not None and id(written) in self.numbers:
            self.versions[self.numbers[id(written)]] = written._version if not written.is_inference() else 0
        if name in ("__getitem__", "getitem"):
            args = (args[0], _with_tensors(args[1]))
        if name in _NEW:
            name, like, args = _NEW[name], args[0], args[1:]
            kwargs = kwargs if like.dtype == torch.get_default_dtype() else {"dtype": like.dtype, **kwargs}
        if _drops(name, args, kwargs):
            raise NotImported(f"`{name}` drops numbers in evaluation mode too: give it `self.training`", place=place)
        operands, named = self.operand(args), self.operand(kwargs)
        if isinstance(result, Tensor) and result.dim() == 0 and written is None and not follows:
            sources = {self.sources[self.numbers[id(tensor)]][0] for _, tensor in tensors_in((args, kwargs))}
            if sources <= {"constant", "buffer"} and (sources or not _has_sizes((args, kwargs))):
                self.authors[self.new(result, "constant", author or "", follows=False)] = author
                return  # a number that is worked out from numbers
        results = tuple((where, self.new(tensor, "call", follows=follows)) for where, tensor in tensors_in(result))
        self.authors.update((number, author) for _, number in results)
        if name in ("__getitem__", "getitem") and isinstance(result, Tensor) and result._is_view():
            self.cuts[id(result)] = weakref.ref(args[0]), args[1]
        self._add(FunctionCall(name, operands, named, results, place, author))
        if written is not None:
            self._write_through(written)

    def _add(self, call: FunctionCall | ModuleCall) -> None:
        self.calls += 1
        if self.calls > MAX_CALLS:
            raise NotImported(f"it makes more than {MAX_CALLS:,} calls", place=call.place)
        self.items[-1].append(call)

    # --- modules

    def module(self, call: Callable[..., Any], module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """A call of a module, recorded with what is called inside it."""
        place, author = _caller(sys._getframe(2)) if self.items[1:] else (_defined(module), None)
        path = self._path(module)
        if path in self.opened:
            return call(module, *args, **kwargs)
        self.called.add(path)
        if id(module) in self.layers:
            if not module._forward_hooks and not module._forward_pre_hooks:
                return self._layer(functools.partial(call, module), module, path, args, kwargs, place, author)
            forward = module.forward  # what its hooks do is the author's, and seen
            module.forward = lambda *args, **kwargs: self._layer(forward, module, path, args, kwargs, place, None)
            try:
                return call(module, *args, **kwargs)
            finally:
                del module.forward
        operands, named = self.operand(args), self.operand(kwargs)
        self.items.append([])
        self.around.append(path)
        results: tuple[tuple[tuple[int | str, ...], int], ...] = ()
        try:
            output = call(module, *args, **kwargs)
            results = tuple((where, self.number_of(tensor)) for where, tensor in tensors_in(output))
            if not self.items[2:]:
                self.plain_outputs = tuple(
                    (where, item)
                    for where, item in leaves_in(output)
                    if item is not None and not isinstance(item, Tensor)
                )
        except NotImported as refusal:
            refusal.path = refusal.path or path
            raise
        finally:  # what ran inside is there even if the model raised
            items = tuple(self.items.pop())
            self.around.pop()
            self._add(ModuleCall(path, operands, named, results, place, author, items))
        return output

    def _path(self, module: nn.Module) -> str:
        """The path of a module, of several that which its caller has for it. Of several positions in one list it is the
        first that was not called yet: so each is a layer of its own, and they are tied."""
        names = self.paths[id(module)]
        for outer in reversed(self.around):
            inside = [name for name in names if name.startswith(f"{outer}." if outer else "")]
            if inside:
                names = inside
                break
        first = names[0]
        if first in self.called and first.rpartition(".")[2].isdecimal():
            return next((name for name in names if name not in self.called), first)
        return first

    def _layer(
        self,
        run: Callable[..., Any],
        module: nn.Module,
        path: str,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        place: str,
        author: str | None,
    ) -> Any:
        """A call of a layer of the catalogue, which is not looked into."""
        operands, named = self.operand(args), self.operand(kwargs)
        has_state = any(True for _ in module.parameters()) or any(id(item) in self.saved for item in module.buffers())
        follows = has_state or self.follow(args) or self.follow(kwargs)
        self.suspended = True
        try:
            output = run(*args, **kwargs)
        finally:
            self.suspended = False
        output = self._apart(output, args)
        results = tuple((where, self.new(tensor, "call", follows=follows)) for where, tensor in tensors_in(output))
        self._add(ModuleCall(path, operands, named, results, place, author))
        return output

    def _apart(self, output: Any, args: tuple[Any, ...]) -> Any:
        """What a layer gave, as another object where it gave its own input unchanged, as Identity does."""
        if not isinstance(output, Tensor) or not args or output is not args[0] or output.is_inference():
            return output
        place = self.numbers[id(output)]
        if output._version != self.versions[place]:
            self.versions[place] = output._version
            return output
        with torch._C.DisableTorchFunction():
            return output.view_as(output)


_RECORDING: Final = threading.Lock()


@contextmanager
def recording(model: nn.Module, opened: frozenset[str] = frozenset()) -> Iterator[CallRecorder]:
    """While this holds, a run of `model` in this thread is recorded; other models and threads pass through."""
    if not _RECORDING.acquire(blocking=False):
        raise RuntimeError("a model is being recorded already")
    original = nn.Module.__call__
    try:
        run = CallRecorder(model, opened)
    except BaseException:
        _RECORDING.release()
        raise

    def call(module: nn.Module, *args: Any, **kwargs: Any) -> Any:
        is_here = not run.suspended and id(module) in run.paths and threading.get_ident() == run.thread
        return run.module(original, module, args, kwargs) if is_here else original(module, *args, **kwargs)

    def length(value: Any) -> int:
        size = plain_length(value)
        return run.length(value, size) if isinstance(value, Tensor) and threading.get_ident() == run.thread else size

    plain_length = builtins.len
    nn.Module.__call__ = call  # type: ignore[method-assign]
    builtins.len = length  # Python makes a plain int of what `__len__` gives
    try:
        with run:
            yield run
    finally:
        nn.Module.__call__ = original  # type: ignore[method-assign]
        builtins.len = plain_length
        _RECORDING.release()
