"""What stands above and below a summary table: the network in a line, its totals in words."""

from __future__ import annotations

from itertools import islice
from typing import Final

from netinspect.analysis.figures import Profile, ReceptiveField, Row
from netinspect.analysis.fold import Line
from netinspect.analysis.text import byte_size, field_sizes, input_sizes, tensor_sizes, thousands
from netinspect.language.messages import printable

_WITHOUT_SPACE: Final = frozenset({"channels", "features"})
_PIXELS: Final = {("height", "width")}

MOST_RETURNED: Final = 16
"""How many outputs are named: more are read in the table."""


def heading(profile: Profile) -> str:
    """`LeNet · input 1×32×32 · lenet.yaml`; without a name of its own a network is called by its file alone."""
    several = len(profile.inputs) > 1
    inputs = ", ".join(input_sizes(each, named=several) for each in profile.inputs)
    name = "" if profile.name == profile.source else printable(profile.name)
    parts = [name, f"{'inputs' if several else 'input'} {inputs}"]
    if profile.batch_size != 1:
        parts.append(f"batch {profile.batch_size}")
    if profile.dtype != "float32":
        parts.append(profile.dtype)
    source = printable(profile.source)
    parts.append(f"{source}:{profile.variant}" if profile.variant and ":" not in source else source)
    return " · ".join(part for part in parts if part)


def totals(profile: Profile) -> tuple[str, ...]:
    """The totals in words, a few lines."""
    sums = profile.totals
    memory = [
        f"peak activations {byte_size(sums.peak_activation_bytes)}",
        f"saved for backward {byte_size(sums.saved_activation_bytes)}",
    ]
    if sums.buffers:
        memory.append(f"{thousands(sums.buffers)} buffer values ({byte_size(sums.buffer_bytes)})")
    layers = f"{thousands(sums.layers)} layer{'s' * (sums.layers != 1)}"
    structure = [f"{layers}, {thousands(sums.depth)} with parameters on the longest path"]
    if sums.receptive_field is not None or sums.whole_field is not None:
        structure.append(_sight(profile))
    if not sums.params:
        parameters = "no parameters"
    else:
        how = ["all trainable" if sums.trainable_params else "all frozen"]
        if sums.trainable_params and sums.frozen_params:
            how = [f"{thousands(sums.trainable_params)} trainable, {thousands(sums.frozen_params)} frozen"]
        if sums.shared_params:
            how.append(f"{thousands(sums.shared_params)} shared")
        how.append(byte_size(sums.param_bytes))
        parameters = f"{thousands(sums.params)} parameter{'s' * (sums.params != 1)} ({', '.join(how)})"
    lines = [f"{parameters} · {thousands(sums.macs)} MACs", " · ".join(memory), " · ".join(structure)]
    if returned := _returned(profile):
        lines.append(returned)
    if profile.optimizer:
        gradients, state = byte_size(sums.gradient_bytes), byte_size(sums.optimizer_bytes)
        lines.append(f"training with {profile.optimizer}: gradients {gradients} · optimizer state {state}")
    if profile.uncounted:
        lines.append(f"partial: not counted: {'; '.join(profile.uncounted)}")
    if profile.peer:
        peer = profile.peer
        theirs = f"{peer.tool} prints {peer.printed} {peer.called}"
        if peer.differences:
            lines.append(f"{theirs}, {_signed(peer.theirs - peer.ours)} to our MACs:")
        else:
            lines.append(f"{theirs}: our MACs")
        width = max((len(_signed(amount)) for _, amount in peer.differences), default=0)
        lines += (f"  {_signed(amount):>{width}}  {reason}" for reason, amount in peer.differences)
    return tuple(lines)


def _signed(amount: int) -> str:
    return f"{'+' if amount >= 0 else '-'}{thousands(abs(amount))}"


def _sight(profile: Profile) -> str:
    """`conv2 sees 14×14 pixels (input 32×32)`, `conv5 sees 1,021 in time (input 441,000)`; where a map behind it sees
    all, `attention sees global (before it conv_proj 16×16 pixels, input 224×224)`."""
    sums = profile.totals
    network_input = next(network_input for network_input in profile.inputs if set(network_input.axes) - _WITHOUT_SPACE)
    axes = {name: axis for axis, name in enumerate(network_input.axes, 1) if name not in _WITHOUT_SPACE}
    unit = "pixels" if tuple(axes) in _PIXELS else f"in {' × '.join(axes)}"
    of_all = _field_size(tuple(network_input.tensor.shape[axis] for axis in axes.values()))
    size = f"{_field_size(sums.receptive_field)} {unit}"
    if sums.whole_field_of is None:
        return f"{sums.receptive_field_of} sees {size} (input {of_all})"
    before = f"before it {sums.receptive_field_of} {size}, input {of_all}"
    if sums.receptive_field_of is None:
        before = f"input {of_all} {unit}"
    return f"{sums.whole_field_of} sees {_field_size(sums.whole_field)} ({before})"


def _field_size(field: ReceptiveField) -> str:
    """`14×14`; a single size as a number, `1,021`."""
    return thousands(field[0]) if isinstance(field, tuple) and len(field) == 1 else field_sizes(field)


def _returned(profile: Profile) -> str:
    """`returns pitch 88, onset 1`: the lines that the network returns, with their sizes; nothing for its last line."""
    root = profile.root
    if root.children and root.outputs == root.children[-1].outputs[:1]:
        return ""
    names = {}
    for child in root.children:
        kind = child.type if isinstance(child, Row) else child.title or ""
        name = f"{child.path} {kind}".rstrip() if child.name.isdigit() else child.path
        for tensor in child.outputs:  # of a layer's several outputs the further ones go by their own names
            is_further = isinstance(child, Row) and tensor is not child.outputs[0]
            names[tensor] = tensor.name if is_further else name
    named = zip(root.outputs, profile.outputs, strict=False)
    texts = [
        f"{output.name if output.name != tensor.name else names.get(tensor, tensor.name)} {tensor_sizes(tensor)}"
        for tensor, output in islice(named, MOST_RETURNED)
    ]
    more = len(root.outputs) - len(texts)
    return f"returns {printable(', '.join(texts))}{f' and {thousands(more)} more' if more else ''}"


def folded(profile: Profile, lines: tuple[Line, ...]) -> str | None:
    """A hint where a line of the table stands for several rows."""
    if all(line.count == 1 and (line.opened or isinstance(line.item, Row) or not line.item.children) for line in lines):
        return None
    return f"{thousands(len(profile.rows))} rows, folded; --expand shows each of them"
