"""From a network to what it costs: a row for every call, the sections they stand in, the totals.

The columns of the rows sum to the totals: each parameter is counted in one row (see `ownership`), compute
at every call.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from netinspect.analysis import figures
from netinspect.analysis.figures import Profile, Row, Section, Tensor, Totals
from netinspect.analysis.gradient import backward_macs, gradients
from netinspect.analysis.memory import allocated, bytes_of, peak_activation_bytes, saved_activation_bytes
from netinspect.analysis.ownership import Owned, Ownership, ownership
from netinspect.analysis.receptive_field import Axis, Sight, reported, sights
from netinspect.catalogue.entry import BUCKETS, DTYPE_BYTES, Weight
from netinspect.catalogue.formula import count, product
from netinspect.errors import InputError
from netinspect.network.network import Buffer, Call, Network, Parameter, Scope, Value, items, origins, parameter_path

OPTIMIZERS: Final[dict[str, int]] = {"sgd": 0, "momentum": 1, "adam": 2}
"""Numbers an optimiser keeps for each trainable parameter."""

DTYPES: Final = ("float32", "float16", "bfloat16", "float64", "int8")
"""What can be asked to stand in float32's place."""


class _Sources(NamedTuple):
    """All that rows are made from."""

    network: Network
    dtype: str
    names: dict[Value, str]
    owned: Ownership
    sights: dict[Value, Sight]
    tensors: dict[Value, Tensor]  # those met so far: an output is an input again


def profile(network: Network, *, dtype: str = "float32", optimizer: str | None = None) -> Profile:
    """What `network` costs, for its reported batch size. `dtype` stands in float32's place in all bytes.

    Raises InputError for a dtype or optimiser that is not known.
    """
    if dtype not in DTYPES:
        raise InputError(f"unknown dtype '{dtype}': one of {', '.join(DTYPES)}")
    if optimizer is not None and optimizer not in OPTIMIZERS:
        raise InputError(f"unknown optimizer '{optimizer}': one of {', '.join(OPTIMIZERS)}")
    sources = _Sources(network, dtype, origins(network), ownership(network), sights(network), {})
    root = _section(sources, network.root)
    values = tuple(value for _, value in network.outputs)
    return Profile(
        name=network.name,
        source=network.source,
        variant=network.variant,
        batch_size=network.batch_size,
        dtype=dtype,
        optimizer=optimizer,
        inputs=tuple(
            figures.NetworkInput(_tensor(network_input.name, network_input.value), network_input.axes)
            for network_input in network.inputs
        ),
        outputs=tuple(
            tensor._replace(name=name) if name else tensor
            for (name, _), tensor in zip(network.outputs, _tensors(sources, values), strict=True)
        ),
        root=root,
        totals=_totals(sources, tuple(root.rows), optimizer),
    )


# --- rows and sections -----------------------------------------------------------------------


def _section(sources: _Sources, scope: Scope) -> Section:
    children: list[Row | Section] = [_tensor_row(sources, tensor, scope) for tensor in scope.tensors]
    children += [
        _section(sources, item) if isinstance(item, Scope) else _call_row(sources, item, scope) for item in scope.items
    ]
    return Section(
        path=scope.path,
        name=_short(scope.path, scope.parent),
        title=scope.title,
        inputs=_tensors(sources, scope.inputs),
        outputs=_tensors(sources, scope.results),
        children=tuple(children),
        line=scope.span.line,
    )


def _short(path: str, parent: Scope | None) -> str:
    """A path as seen from the scope it stands in."""
    return path.removeprefix(f"{parent.path}.") if parent is not None and parent.path else path


def _tensor(name: str, value: Value) -> Tensor:
    return Tensor(name, value.type.shape, value.type.dtype, value.batch_axes, value.batch_sizes)


def _tensors(sources: _Sources, values: tuple[Value, ...]) -> tuple[Tensor, ...]:
    known = sources.tensors
    tensors = []
    for value in values:
        tensor = known.get(value)
        if tensor is None:
            tensor = known[value] = _tensor(sources.names.get(value, value.origin), value)
        tensors.append(tensor)
    return tuple(tensors)


def _call_row(sources: _Sources, call: Call, scope: Scope) -> Row:
    result, owned, inputs = call.result, sources.owned.by_item[call], call.inputs
    extent = reported(sources.sights[call.outputs[0]], sources.network)
    kernel = call.arguments.get("kernel_size")
    kernel = (kernel,) if isinstance(kernel, int) else kernel
    # Whether the call makes a feature map by a window; cropping and padding only shift one.
    windows = call.result.reach.windows
    is_windowed = bool(windows) and (call.entry.is_layer or any(window.size > 1 for _, window in windows))
    return Row(
        path=call.path,
        scope=scope.path,
        name=_short(call.path, scope),
        type=call.entry.name,
        is_layer=call.entry.is_layer,
        sources=tuple([sources.names.get(value, value.origin) for value in inputs]),
        inputs=_tensors(sources, inputs),
        outputs=_tensors(sources, call.outputs),
        kernel=kernel if isinstance(kernel, tuple) and all(isinstance(item, int) for item in kernel) else None,
        params=owned.params,
        trainable_params=owned.trainable,
        shared_params=owned.shared_params,
        params_formula=_params_formula(owned, None if owned.shared else result.params.text),
        shared_with=owned.shared_with,
        parameters=owned.elements,
        buffers=sum([_elements(weight) for _, weight in owned.buffers]),
        buffer_keys=tuple([key for key, _ in owned.buffers]),
        macs=result.macs.value,
        macs_formula=result.macs.text if result.macs.value else None,
        flop_buckets=tuple([bucket for bucket in result.flops if bucket[1]]),
        activation_bytes=sum([bytes_of(value.type, sources.dtype) for value in allocated(call)]),
        receptive_field=extent.size,
        stride=extent.stride,
        offset=extent.offset,
        windowed=is_windowed,
        uncounted=result.uncounted,
        line=call.span.line,
    )


def _tensor_row(sources: _Sources, tensor: Parameter | Buffer, scope: Scope) -> Row:
    owned = sources.owned.by_item[tensor]
    return Row(
        path=parameter_path(tensor, scope),
        scope=scope.path,
        name=tensor.name,
        type=type(tensor).__name__,
        is_layer=False,
        sources=(),
        inputs=(),
        outputs=_tensors(sources, (tensor.value,)),
        kernel=None,
        params=owned.params,
        trainable_params=owned.trainable,
        shared_params=owned.shared_params,
        params_formula=_params_formula(owned, None),
        shared_with=owned.shared_with,
        parameters=owned.elements,
        buffers=sum([_elements(weight) for _, weight in owned.buffers]),
        buffer_keys=tuple([key for key, _ in owned.buffers]),
        macs=0,
        macs_formula=None,
        flop_buckets=(),
        activation_bytes=0,
        receptive_field=None,
        stride=None,
        offset=None,
        windowed=False,
        uncounted=None,
        line=scope.span.line,
    )


def _params_formula(owned: Owned, formula: str | None) -> str | None:
    """The arithmetic of a row's parameters; without a formula of the layer's own, their sizes multiplied out."""
    if not owned.params:
        return None
    return formula or " + ".join(product(weight.shape).text for _, weight in owned.parameters)


def _elements(weight: Weight) -> int:
    return count(weight.shape)


# --- totals ----------------------------------------------------------------------------------


def _totals(sources: _Sources, rows: tuple[Row, ...], optimizer: str | None) -> Totals:
    network, dtype = sources.network, sources.dtype
    who_learns = gradients(network)
    params = sum(row.params for row in rows)
    trainable = sum(row.trainable_params for row in rows)
    macs = sum(row.macs for row in rows)
    item_bytes = DTYPE_BYTES[dtype]
    weighted = _weighted_functions(network)
    # The row that makes the last spatial feature map: the last that slides a window and does not see all.
    spatial = [row for row in rows if row.windowed and isinstance(row.receptive_field, tuple)]
    last = spatial[-1] if spatial else None
    global_row = _first_whole(sources, rows, last)
    return Totals(
        params=params,
        trainable_params=trainable,
        frozen_params=params - trainable,
        shared_params=sources.owned.shared_params,
        buffers=sum(row.buffers for row in rows),
        macs=macs,
        flops=2 * macs,
        flop_buckets=_buckets(rows),
        backward_macs=backward_macs(network, who_learns),
        param_bytes=_weight_bytes(sources, "parameters"),
        buffer_bytes=_weight_bytes(sources, "buffers"),
        input_bytes=sum(bytes_of(network_input.value.type, dtype) for network_input in network.inputs),
        peak_activation_bytes=peak_activation_bytes(network, dtype),
        saved_activation_bytes=saved_activation_bytes(network, dtype, who_learns),
        gradient_bytes=trainable * item_bytes,
        optimizer_bytes=trainable * item_bytes * OPTIMIZERS.get(optimizer or "sgd", 0),
        receptive_field=last.receptive_field if last else None,
        receptive_field_of=last.path if last else None,
        whole_field=global_row.receptive_field if global_row else None,
        whole_field_of=global_row.path if global_row else None,
        layers=sum(call.entry.is_layer for call in network.calls) + len(weighted),
        depth=_depth(network, weighted),
    )


def _weight_bytes(sources: _Sources, kind: str) -> int:
    """Bytes of the "parameters" or the "buffers" that rows own, float32 ones in the dtype asked for."""
    held = [
        weight
        for owned in sources.owned.by_item.values()
        for _, weight in (owned.parameters if kind == "parameters" else owned.buffers)
    ]
    return sum(
        _elements(weight) * DTYPE_BYTES[sources.dtype if weight.dtype == "float32" else weight.dtype] for weight in held
    )


def _buckets(rows: tuple[Row, ...]) -> tuple[tuple[str, int], ...]:
    """FLOPs by bucket, every bucket named."""
    counted = dict.fromkeys(BUCKETS, 0)
    for row in rows:
        for name, flops in row.flop_buckets:
            counted[name] += flops
    return tuple(counted.items())


def _first_whole(sources: _Sources, rows: tuple[Row, ...], last: Row | None) -> Row | None:
    """The first row behind `last` that makes a map, of more than one place, each of which sees all along an axis that
    the map of `last` does not."""
    makers = {call.path: call for call in sources.network.calls}
    windowed = _whole_axes(sources.sights[makers[last.path].outputs[0]]) if last is not None else set()
    for row in rows[rows.index(last) + 1 if last is not None else 0 :]:
        call = makers.get(row.path)
        if call is None or row.receptive_field is None:
            continue
        value = call.outputs[0]
        sight = sources.sights[value]
        if value.type.rank > 2 and _whole_axes(sight) - windowed:
            places = [size for size, axes in zip(value.type.shape[1:], sight.carried[1:], strict=True) if axes]
            if max(places, default=1) > 1 or (row.windowed and max(value.type.shape[2:]) > 1):
                return row
    return None


def _whole_axes(sight: Sight) -> set[Axis]:
    """The axes of the inputs that are seen whole."""
    return {axis for axis, field in sight.fields.items() if field is None}


def _weighted_functions(network: Network) -> set[Call]:
    """The functions that multiply what they read by a parameter, or by what is worked out from parameters alone."""
    learned = {tensor.value for tensor, _ in items(network.root) if isinstance(tensor, Parameter)}
    weighted = set()
    for call in network.calls if learned else ():
        is_learned = [value in learned for value in call.inputs]
        if call.inputs and all(is_learned):
            learned.update(call.outputs)
        elif any(is_learned) and call.result.macs.value and not call.entry.is_layer:
            weighted.add(call)
    return weighted


def _depth(network: Network, weighted: set[Call]) -> int:
    """The most layers with parameters, and functions with a weight, on any path through the network."""
    depths: dict[Value, int] = {}
    for call in network.calls:
        depth = max([depths.get(value, 0) for value in call.inputs], default=0)
        if call in weighted or (call.entry.is_layer and call.result.parameters):
            depth += 1
        for value in call.outputs:
            depths[value] = depth
    return max(depths.values(), default=0)
