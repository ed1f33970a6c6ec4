"""What a spec means: elaboration from syntax to a network, without torch."""

from __future__ import annotations

from netinspect.network.elaborate import elaborate
from netinspect.network.load import SpecFile, elaborate_file, load, open_spec
from netinspect.network.network import Call, Extent, Network, NetworkInput, Parameter, Scope, Value

__all__ = [
    "Call", "Extent", "Network", "NetworkInput", "Parameter", "Scope", "SpecFile", "Value", "elaborate",
    "elaborate_file", "load", "open_spec",
]  # fmt: skip
