"""One number of a feature map, worked out by hand: the patch, the kernel, their products and the sum."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import torch
from torch import Tensor, nn

from netinspect.errors import InputError
from netinspect.network.network import Call, Network
from netinspect.recording import Prepared, WorkedConvolution
from netinspect.torch_backend.batches import batch
from netinspect.torch_backend.record import as_array, find_call
from netinspect.torch_backend.watching import Arguments, device_of, run, watched

CONVOLUTIONS: Final = {"Conv1d": 1, "Conv2d": 2, "Conv3d": 3}


def parse_unit(text: str, network: Network) -> tuple[str, tuple[int, ...]]:
    """`conv2:3,5,7` as a layer's path and the unit in its map: channel, then place. InputError for what has no such."""
    path, colon, places = text.rpartition(":")
    numbers = [place.strip() for place in places.split(",")]
    if not colon or not all(n.isascii() and n.isdigit() and len(n) < 10 for n in numbers):
        raise InputError(f"--unit {text}: write LAYER:CHANNEL,ROW,COLUMN, such as --unit conv2:3,5,7")
    unit = tuple(map(int, numbers))
    _check(find_call(network, path), unit)
    return path, unit


def worked_convolution(
    model: nn.Module, network: Network, prepared: Sequence[Prepared], path: str, unit: tuple[int, ...]
) -> WorkedConvolution:
    """How the convolution at `path` comes to its output at `unit`, for the first sample. InputError for other layers
    and for a unit outside the map."""
    call = find_call(network, path)
    _check(call, unit)
    kept: list[tuple[Tensor, Tensor]] = []

    def after(watched_call: Call, arguments: Arguments, returned: Any) -> None:
        if watched_call is call:
            kept.append((arguments[0][0].detach().clone(), returned.detach().clone()))

    device = device_of(model)
    tensors = [tensor[:1] for tensor in batch(network, prepared, device)]
    with watched(model, network, after), torch.no_grad():
        run(model, tensors)
    fed, returned = kept[0]
    return _worked(model.get_submodule(call.module or ""), call, unit, fed[0], returned[0])


def _check(call: Call, unit: tuple[int, ...]) -> None:
    name = call.entry.name
    if name not in CONVOLUTIONS:
        raise InputError(f"`{call.path}` is {name}; a worked example needs one of {', '.join(CONVOLUTIONS)}")
    sizes = call.outputs[0].type.shape[1:]
    if len(unit) != len(sizes) or any(place >= size for place, size in zip(unit, sizes, strict=False)):
        last = ",".join(str(size - 1) for size in sizes)
        raise InputError(
            f"`{call.path}` has no unit {','.join(map(str, unit))}: its map is {'×'.join(map(str, sizes))}, "
            f"from {','.join('0' for _ in sizes)} to {last}"
        )


def _worked(layer: Any, call: Call, unit: tuple[int, ...], fed: Tensor, returned: Tensor) -> WorkedConvolution:
    """`fed` is (channels, *space) and `returned` (channels, *space)."""
    padding = layer._reversed_padding_repeated_twice  # noqa: SLF001  (left, right) of the last axis first
    mode = "constant" if layer.padding_mode == "zeros" else layer.padding_mode
    padded = torch.nn.functional.pad(fed[None], padding, mode=mode)[0]
    channels = fed.shape[0] // layer.groups
    first = unit[0] // (layer.out_channels // layer.groups) * channels
    starts = [place * stride for place, stride in zip(unit[1:], layer.stride, strict=True)]
    patch = padded[first : first + channels]
    for axis, (start, size, dilation) in enumerate(zip(starts, layer.kernel_size, layer.dilation, strict=True), 1):
        patch = patch.narrow(axis, start, (size - 1) * dilation + 1)
        patch = patch.index_select(axis, torch.arange(0, patch.shape[axis], dilation, device=patch.device))
    kernel = layer.weight.detach()[unit[0]]
    products = patch.cpu().double() * kernel.cpu().double()  # not every device has numbers of 64 bits
    before = padding[::2][::-1]
    return WorkedConvolution(
        path=call.path,
        unit=unit,
        patch=as_array(patch),
        kernel=as_array(kernel),
        products=as_array(products.float()),
        sum=float(products.sum()),
        bias=float(layer.bias.detach()[unit[0]]) if layer.bias is not None else 0.0,
        output=float(returned[unit]),
        start=tuple(start - left for start, left in zip(starts, before, strict=True)),
        dilation=tuple(layer.dilation),
        channels=(first, first + channels),
    )
