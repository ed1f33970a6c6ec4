"""The answer of `verify`: how much was compared, what differs, and what torch cannot confirm. Plain data."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Difference:
    """A figure on which the engines do not agree. `path` is "" for the network as a whole.

    what    "keys", "parameters", "buffers", "output", "params", "macs", or "run" where torch refuses
    engine  whose figure stands beside the catalogue's: "torch", "FlopCounterMode" or "torchinfo"
    """

    path: str
    what: str
    catalogue: str
    torch: str
    engine: str


@dataclass(frozen=True, slots=True)
class Unchecked:
    """A figure that torch cannot confirm, and why."""

    path: str
    what: str
    reason: str


@dataclass(frozen=True, slots=True)
class Verification:
    """What was compared and what differs.

    batch_sizes        sizes for which output types were compared
    layers, functions  calls whose outputs were compared
    params             the network's unique parameters
    macs               multiply-accumulates at the network's batch size
    torchinfo_layers   layers whose shape and parameters torchinfo confirmed or denied as well
    """

    name: str
    source: str
    variant: str | None
    batch_sizes: tuple[int, ...]
    layers: int
    functions: int
    params: int
    macs: int
    torchinfo_layers: int
    differences: tuple[Difference, ...]
    unchecked: tuple[Unchecked, ...]

    @property
    def agrees(self) -> bool:
        """Whether torch confirms every figure that it can."""
        return not self.differences
