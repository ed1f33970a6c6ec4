"""netinspect from Python: a spec as an object that can be asked.

    >>> import netinspect
    >>> net = netinspect.load("lenet")
    >>> net.profile().totals.params
    51902

Nothing here imports torch until a model is built or verified.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from netinspect import network as _network
from netinspect.analysis.figures import Profile
from netinspect.errors import CheckFailed, SpecError

if TYPE_CHECKING:
    from torch import nn

    from netinspect.analysis.comparison import Contender
    from netinspect.findings import Finding
    from netinspect.torch_backend.verification import Verification

Setting = str | int | float | bool


@dataclass(frozen=True, slots=True, repr=False)
class Network:
    """A network that was loaded from a spec. `graph` is the elaborated network with its calls and scopes."""

    graph: _network.Network
    _file: _network.SpecFile = field(repr=False)

    def __repr__(self) -> str:
        variant = f":{self.graph.variant}" if self.graph.variant else ""
        return f"<Network {self.name!r} of {self.graph.source}{variant}, {len(self.graph.calls)} calls>"

    @property
    def name(self) -> str:
        """The name the spec gives it, or its variant's."""
        return self.graph.name

    def profile(self, *, dtype: str = "float32", optimizer: str | None = None) -> Profile:
        """Its rows and totals: shapes with the batch, counts in elements, memory in bytes.

        `dtype` stands in float32's place in all bytes; `optimizer` (sgd, momentum, adam) adds its state.
        Raises InputError for others.
        """
        from netinspect.analysis.profile import profile

        return profile(self.graph, dtype=dtype, optimizer=optimizer)

    def findings(self, *, select: Sequence[str] = (), ignore: Sequence[str] = ()) -> tuple[Finding, ...]:
        """What is to be said of it: warnings, and the notes whose codes are selected, in the order of the spec.

        `select` and `ignore` are codes or their beginnings (`W2`); comments in the spec are heeded, the settings of a
        repository are not.
        """
        from netinspect.findings import Selection, examine

        selection = Selection(tuple(select), tuple(ignore))
        return examine(self.graph, self.profile(), self._file, selection=selection).findings

    def build(self, *, device: str = "cpu", seed: int = 0) -> nn.Module:
        """The torch model, initialised by torch with `seed`; on "meta" it has shapes and no values."""
        from netinspect.torch_backend.build import build as build_module
        from netinspect.torch_backend.built_from import remember

        model = build_module(self.graph, device=device, seed=seed)
        remember(model, self.graph, seed)
        return model

    def verify(self) -> Verification:
        """Every figure compared with torch, layer by layer."""
        from netinspect.torch_backend.verify import verify

        return verify(self.graph)

    def _repr_html_(self) -> str:
        """The summary as a table, for notebooks."""
        from netinspect.report.html import table

        return table(self.profile())


def load(
    spec: str | Path, *, batch_size: int = 1, settings: Mapping[str, Setting] | None = None,
    input_shape: tuple[int, ...] | None = None,
) -> Network:  # fmt: skip
    """The network of a spec: a file, `file:variant`, `-` for stdin, or the name of a gallery network.

    `settings` override vars, as `--set` does (text is an expression of the language); `input_shape` has no
    batch. Both switch `expect` and `budget` off. Raises InputError, SpecError with every mistake found, or CheckFailed
    where the network does not meet the spec's own `expect` and `budget`.
    """
    from netinspect.findings import examine

    assignments = [(name, str(value)) for name, value in (settings or {}).items()]
    shapes = [] if input_shape is None else [("", tuple(input_shape))]
    file = _network.open_spec(spec)

    def elaborated(file: _network.SpecFile) -> _network.Network:
        return _network.elaborate_file(file, batch_size=batch_size, assignments=assignments, input_shapes=shapes)

    try:
        graph = elaborated(file)
    except SpecError as failure:
        from netinspect.drafts import explained
        from netinspect.reading import doubts

        raise explained(file, failure, lambda spec: doubts(elaborated(spec), spec)) from None
    network = Network(graph, file)
    if graph.expect is not None or graph.budget is not None:
        failed = [
            found.diagnostic for found in examine(graph, network.profile(), file).findings if found.severity == "error"
        ]
        if failed:
            raise CheckFailed(tuple(failed), file.source)
    return network


def build(
    spec: str | Path, *, device: str = "cpu", seed: int = 0, settings: Mapping[str, Setting] | None = None
) -> nn.Module:
    """The torch model of a spec. See `load` and `Network.build`."""
    return load(spec, settings=settings).build(device=device, seed=seed)


def compare(*specs: str | Path, batch_size: int = 1) -> tuple[Contender, ...]:
    """Networks side by side: for each its `label`, its `profile`, and the `results` published for it.

    Raises InputError, or SpecError with every mistake found.
    """
    from netinspect.analysis.comparison import Contender

    networks = [(str(spec), load(spec, batch_size=batch_size)) for spec in specs]
    return tuple(Contender(label, network.profile(), network.graph.results) for label, network in networks)
