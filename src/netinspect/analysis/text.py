"""How figures are written as text: `6×28×28`, `51,902`, `203 KiB`, `39×`, `+15.6%`. Rounded only here."""

from __future__ import annotations

from typing import Final

from netinspect.analysis.figures import NetworkInput, ReceptiveField, Tensor
from netinspect.language.messages import printable
from netinspect.network.network import sizes_beside_batch

_UNITS: Final = ("bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB")


def thousands(number: int) -> str:
    """`1,234,567`."""
    return f"{number:,}"


def byte_size(size: int) -> str:
    """Bytes with a binary unit and three figures: `203 KiB`, `1.50 MiB`; whole below 1 KiB."""
    if size < 1024:
        return f"{size} bytes"
    value, unit = float(size), 0
    while value >= 1023.5 and unit < len(_UNITS) - 1:
        value, unit = value / 1024, unit + 1
    digits = 2 if value < 9.995 else 1 if value < 99.95 else 0
    return f"{value:,.{digits}f} {_UNITS[unit]}"


def total_text(metric: str, number: int) -> str:
    """A total by its name: bytes with a unit, anything else in thousands."""
    return byte_size(number) if metric.endswith("_bytes") else thousands(number)


def sizes(shape: tuple[int, ...]) -> str:
    """`6×28×28`; a single number is 1."""
    return "×".join(str(size) for size in shape) if shape else "1"


def tensor_sizes(tensor: Tensor) -> str:
    """A tensor's sizes, as `sizes_beside_batch` writes them."""
    return sizes_beside_batch(tensor.shape, tensor.batch_axes, tensor.batch_sizes)


def tensors_sizes(tensors: tuple[Tensor, ...]) -> str:
    """Several tensors: `3 of 64×8` where they are alike, else one after the other."""
    texts = [tensor_sizes(tensor) for tensor in tensors]
    if len(texts) > 1 and len(set(texts)) == 1:
        return f"{len(texts)} of {texts[0]}"
    return ", ".join(texts)


def output_sizes(tensors: tuple[Tensor, ...], *, is_layer: bool) -> str:
    """What a row gives: of a layer with named outputs (an LSTM's states) the first, else all."""
    return tensors_sizes(tensors[:1] if is_layer else tensors)


def field_sizes(field: ReceptiveField) -> str:
    """A receptive field: `14×14`, `global`, or nothing."""
    if field is None:
        return ""
    return field if isinstance(field, str) else sizes(field)


def fields_text(last: ReceptiveField, global_field: ReceptiveField) -> str:
    """The fields of a network: `212×212`; `global (16×16)` where a map behind the last window sees more; `none`."""
    texts = [field_sizes(field) for field in (global_field, last) if field is not None]
    return texts[0] + "".join(f" ({text})" for text in texts[1:]) if texts else "none"


def input_sizes(network_input: NetworkInput, *, named: bool) -> str:
    """An input: `1×32×32`, with its name where there are several, with its dtype where that is not float32."""
    name = f"{printable(network_input.tensor.name)} " if named else ""
    dtype = "" if network_input.tensor.dtype == "float32" else f" {network_input.tensor.dtype}"
    return f"{name}{tensor_sizes(network_input.tensor)}{dtype}"


# --- ratios ----------------------------------------------------------------------------------


def factor(above: int, below: int) -> str:
    """How many times `below` goes into `above`; nothing where there is no answer. Three figures, whole from ten on;
    less than a thousandth is a fraction, `1/1,386,963×`, which has no zeros to be counted."""
    if not below:
        return ""
    if above >= 10 * below:
        return f"{_rounded(above, below):,}×"
    if 0 < 1000 * above < below:
        return f"1/{_rounded(below, above):,}×"
    decimals = 2
    while above and above * 10**decimals < 100 * below and above < below:
        decimals += 1
    return f"{_decimal(above, below, decimals)}×"


def change(old: int, new: int) -> str:
    """By how much a figure rose, in percent: `+15.6%`, `-3.0%`; nothing from 0 on."""
    if not old or old == new:
        return ""
    sign = "+" if new > old else "-"
    percent = _decimal(100 * abs(new - old), old, 1)
    return f"{sign}{percent}%" if percent != "0.0" else f"{sign}<0.1%"


def signed(number: int) -> str:
    """`+1,234`, `-56`."""
    return f"{number:+,}"


def _rounded(above: int, below: int) -> int:
    return (2 * above + below) // (2 * below)


def _decimal(above: int, below: int, decimals: int) -> str:
    digits = str(_rounded(above * 10**decimals, below)).rjust(decimals + 1, "0")
    integer = f"{int(digits[:-decimals]):,}"
    return f"{integer}.{digits[-decimals:]}"
