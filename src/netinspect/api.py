"""netinspect from Python: a spec as an object that can be asked, and what each command does as a function.

    >>> import netinspect
    >>> net = netinspect.load("lenet")
    >>> net.profile().totals.params
    51902

Nothing here imports torch until a model is built or verified.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from netinspect import network as _network
from netinspect.analysis.figures import Profile
from netinspect.arguments import checked, network_or_reference, sizes, spec_at_hand
from netinspect.errors import CheckFailed, InputError, SpecError
from netinspect.language import Source
from netinspect.network.load import spec_file

if TYPE_CHECKING:
    from torch import Tensor, nn

    from netinspect.analysis.baseline import Changes
    from netinspect.analysis.comparison import Contender
    from netinspect.analysis.equivalents import Alternatives
    from netinspect.catalogue import Entry
    from netinspect.checking import Check
    from netinspect.findings import Finding
    from netinspect.gallery_specs import GalleryEntry
    from netinspect.torch_backend.verify import Verification

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

    @property
    def spec(self) -> str:
        """The text of its spec."""
        return self._file.source.text

    @checked()
    def profile(self, *, dtype: str = "float32", optimizer: str | None = None) -> Profile:
        """Its rows and totals: shapes with the batch, counts in elements, memory in bytes.

        `dtype` stands in float32's place in all bytes; `optimizer` (sgd, momentum, adam) adds its state.
        Raises InputError for others.
        """
        from netinspect.analysis.profile import profile

        return profile(self.graph, dtype=dtype, optimizer=optimizer)

    @checked()
    def findings(self, *, select: Sequence[str] = (), ignore: Sequence[str] = ()) -> tuple[Finding, ...]:
        """What is to be said of it: warnings, and the notes whose codes are selected, in the order of the spec.

        `select` and `ignore` are codes or their beginnings (`W2`); comments in the spec are heeded, the settings of a
        repository are not.
        """
        from netinspect.findings import Selection, examine
        from netinspect.findings.codes import code_mistake

        for name, codes in (("select", select), ("ignore", ignore)):
            for code in codes:
                mistake = code_mistake(code, ignoring=name == "ignore")
                if mistake is not None:
                    raise InputError(f"`{name}={list(codes)}`: {mistake}")
        selection = Selection(tuple(select), tuple(ignore))
        return examine(self.graph, self.profile(), self._file, selection=selection).findings

    @checked()
    def build(self, *, device: str = "cpu", seed: int = 0) -> nn.Module:
        """The torch model, initialised by torch with `seed`; on "meta" it has shapes and no values."""
        from netinspect.torch_backend.build import build as build_module
        from netinspect.torch_backend.built_from import remember
        from netinspect.torch_backend.device import check_device

        if device != "meta":
            check_device(device)
        model = build_module(self.graph, device=device, seed=seed)
        remember(model, self.graph, seed)
        return model

    @checked()
    def export(self, *, to: Literal["torch", "onnx"] = "torch", name: str | None = None) -> str | bytes:
        """Its PyTorch source as text, which needs torch alone, or its ONNX file as bytes. See `netinspect.export`."""
        from netinspect.network.network import class_word

        if to not in ("torch", "onnx"):
            raise InputError(f"to={to!r}: one of 'torch', 'onnx'")
        if name is not None and class_word(name) != name:
            raise InputError(f"name={name!r}: a class of Python is called otherwise")
        graph = self.graph if name is None else replace(self.graph, name=name)
        if to == "onnx":
            from netinspect.torch_backend.onnx import onnx_model

            return onnx_model(graph).contents
        from netinspect.exporting.source import torch_source

        assert self._file.parsed.spec is not None
        return torch_source(graph, self._file.parsed.spec)

    def verify(self) -> Verification:
        """Every figure compared with torch, layer by layer."""
        from netinspect.torch_backend.verify import verify

        return verify(self.graph)

    @checked()
    def table(self, *, columns: Sequence[str] = (), formula: bool = False, expand: bool = False) -> str:
        """The summary as text, as `netinspect summary` prints it; `columns` and the others are its options. InputError
        for a column that does not exist."""
        from netinspect.report.columns import layout
        from netinspect.report.table import table

        return table(self.profile(), layout(tuple(columns), formula=formula, expand=expand))

    def _repr_html_(self) -> str:
        """The summary as a table, for notebooks."""
        from netinspect.report.table import html_table

        return html_table(self.profile())


@checked()
def load(
    spec: str | Path,
    *,
    batch_size: int = 1,
    settings: Mapping[str, Setting] | None = None,
    input_shape: tuple[int, ...] | None = None,
    custom_layers: str | Path | None = None,
) -> Network:
    """The network of a spec: a file, `file:variant`, `-` for stdin, or the name of a gallery network.

    `settings` override vars, as `--set` does (text is an expression of the language); `input_shape` has no
    batch. Both switch `expect` and `budget` off. `custom_layers` is a Python file of your own nn.Module classes; it is
    run. Raises InputError, SpecError with every mistake found, or CheckFailed where the network does not meet the
    spec's own `expect` and `budget`.
    """
    file = _network.open_spec(spec) if custom_layers is None else _network.open_spec(spec, _layers(custom_layers))
    return _loaded(file, batch_size, settings, input_shape)


@checked(spec=spec_at_hand)
def loads(
    spec: str | Mapping[str, Any],
    *,
    variant: str | None = None,
    batch_size: int = 1,
    settings: Mapping[str, Setting] | None = None,
    input_shape: tuple[int, ...] | None = None,
    custom_layers: str | Path | None = None,
) -> Network:
    """The network of a spec that is at hand: its text, or what YAML or JSON make of it, `{"input": [8], "layers": …}`.

    The other arguments and what it raises are those of `load`; messages call the spec `<text>`, and show a mapping as
    JSON.
    """
    if not isinstance(spec, str):
        import json

        try:
            spec = json.dumps(_plain(spec), indent=2, ensure_ascii=False)  # which is YAML, too
        except RecursionError as failure:
            raise InputError("`spec`: the mapping holds itself, or is too deep") from failure
        except (TypeError, ValueError) as failure:
            raise InputError(f"a spec holds texts, numbers, lists and mappings alone: {failure}") from failure
    source = Source.from_bytes("<text>", spec.encode("utf-8", "surrogatepass"))
    layers = {} if custom_layers is None else {"layers": _layers(custom_layers)}
    return _loaded(spec_file(source, variant, **layers), batch_size, settings, input_shape)


def _plain(value: Any) -> Any:
    """The same of Python's own lists and dicts: tuples and other mappings are welcome."""
    if isinstance(value, Mapping):
        return {key: _plain(each) for key, each in value.items()}
    return [_plain(each) for each in value] if isinstance(value, list | tuple) else value


def _layers(file: str | Path) -> Mapping[str, Entry]:
    from netinspect.torch_backend.custom_layers import with_custom_layers

    return with_custom_layers(Path(file))


def _loaded(
    file: _network.SpecFile,
    batch_size: int,
    settings: Mapping[str, Setting] | None,
    input_shape: tuple[int, ...] | None,
) -> Network:
    from netinspect.findings import examine

    assignments = [(name, str(value)) for name, value in (settings or {}).items()]
    shapes = [] if input_shape is None else [("", tuple(input_shape))]

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
            finding.diagnostic
            for finding in examine(graph, network.profile(), file).findings
            if finding.severity == "error"
        ]
        if failed:
            raise CheckFailed(tuple(failed), file.source)
    return network


@checked()
def from_torch(model: nn.Module, *inputs: Tensor, name: str | None = None, **named_inputs: Tensor) -> Network:
    """The network of a torch model, from example inputs with the batch first, as `torch.empty(1, 3, 32, 32)`.

    Only shapes, dtypes and, of whole numbers that no embedding looks up, the highest are taken from the inputs:
    copies of the model are run on random numbers, in evaluation mode. What DataParallel, DistributedDataParallel
    and `torch.compile` have wrapped is imported without them. `network.spec` is the text, proven to have the
    model's state-dict keys, shapes, parameters, FLOPs and outputs. What is not in it, as an output that is no tensor,
    is a warning. Raises InputError for inputs the model cannot take, and NetinspectError where a spec cannot say what
    it does.
    """
    import warnings

    from torch.nn import Module

    from netinspect.torch_backend.imported import imported, inputs_like
    from netinspect.torch_backend.targets import importable

    if not isinstance(model, Module):
        raise InputError(f"`model={type(model).__name__}`: give a torch module")
    if not inputs and not named_inputs:
        raise InputError("`inputs`: give example inputs, with the batch first: torch.empty(1, 3, 32, 32)")
    model = importable(model)
    spec = imported(model, inputs_like(model, *inputs, **named_inputs), name or type(model).__name__)
    for note in spec.notes():
        warnings.warn(note, stacklevel=3)
    return loads(spec.text)


@checked(spec=network_or_reference)
def export(
    spec: str | Path | Network,
    *,
    to: Literal["torch", "onnx"] = "torch",
    name: str | None = None,
    settings: Mapping[str, Setting] | None = None,
    input_shape: tuple[int, ...] | None = None,
    custom_layers: str | Path | None = None,
) -> str | bytes:
    """The PyTorch source of a spec's network as text, which needs torch alone; or its ONNX file as bytes.

    `name` is that of the class, which is otherwise called as the network is. The other arguments, and what is raised
    for a spec that is wrong, are those of `load`; a Network has them already. NetinspectError for what cannot be
    written; for ONNX InputError where a package is missing.
    """
    if isinstance(spec, Network):
        if settings or input_shape is not None or custom_layers is not None:
            raise InputError("`settings=`, `input_shape=` and `custom_layers=` are for a spec that is named")
        return spec.export(to=to, name=name)
    network = load(spec, settings=settings, input_shape=input_shape, custom_layers=custom_layers)
    return network.export(to=to, name=name)


@checked()
def format(text: str) -> str:
    """The text of a spec laid out as every spec is, its comments kept. SpecError for what cannot be read."""
    from netinspect.language.format import formatted

    return formatted(Source("<text>", text))


class ChangesBySpec(dict[str, "Changes | None"]):
    """What changed in each spec; as text what `netinspect compare --baseline` prints."""

    def __str__(self) -> str:
        from netinspect.report.comparison.baseline import changes_page
        from netinspect.report.comparison.table import table

        pages = (
            f"{label} is new: the baseline does not have it\n" if each is None else table(changes_page(each))
            for label, each in self.items()
        )
        return "\n".join(pages).rstrip("\n")


@checked(spec=network_or_reference)
def build(
    spec: str | Path | Network, *, device: str = "cpu", seed: int = 0, settings: Mapping[str, Setting] | None = None
) -> nn.Module:
    """The torch model of a spec. See `load` and `Network.build`."""
    if isinstance(spec, Network) and settings:
        raise InputError("`settings=` are for a spec that is named; a Network has its vars already")
    network = spec if isinstance(spec, Network) else load(spec, settings=settings)
    return network.build(device=device, seed=seed)


def _opened(spec: str | Path | Network) -> Network:
    return spec if isinstance(spec, Network) else load(spec)


def _by_label(specs: Sequence[str | Path | Network], batch_size: int | None = None) -> dict[str, Network]:
    """The networks by what they are called: as they are named, else by their own name, with a number where two are
    called alike. InputError for a Network of another batch size."""
    networks: dict[str, Network] = {}
    for spec in specs:
        if isinstance(spec, Network):
            network, label = spec, spec.name
            if batch_size not in (None, spec.graph.batch_size):
                now = spec.graph.batch_size
                raise InputError(f"`{spec.name}` has a batch of {now}: load it with `batch_size={batch_size}`")
        else:
            network, label = load(spec, batch_size=batch_size or 1), str(spec)
        number = 2
        while label in networks:
            label, number = f"{label.removesuffix(f' ({number - 1})')} ({number})", number + 1
        networks[label] = network
    return networks


@checked(specs=network_or_reference)
def compare(*specs: str | Path | Network, batch_size: int = 1) -> tuple[Contender, ...]:
    """Networks side by side: for each its `label`, its `profile`, and the `results` published for it.

    Raises InputError, or SpecError with every mistake found.
    """
    from netinspect.analysis.comparison import Contender

    networks = _by_label(specs, batch_size)
    return tuple(Contender(label, network.profile(), network.graph.results) for label, network in networks.items())


@checked(spec=network_or_reference)
def alternatives(spec: str | Path | Network) -> tuple[Alternatives, ...]:
    """Each convolution of a network beside a locally and a fully connected layer of the same sizes, with the cost of
    each. Raises InputError, SpecError."""
    from netinspect.analysis.equivalents import alternatives

    return alternatives(_opened(spec).graph)


@checked(specs=network_or_reference, baseline=network_or_reference)
def changes(*specs: str | Path | Network, baseline: str | Path | Network) -> ChangesBySpec:
    """What changed in each spec since a baseline: a JSON document of `netinspect summary`, a spec, a Network, or
    `git:REF`. None for a network that is new; `print(…)` shows what the command does. Raises InputError, SpecError."""
    from netinspect.analysis.baseline import snapshot
    from netinspect.baselines import Earlier, compared, earlier_states
    from netinspect.reading import Settings

    states = {label: snapshot(network.profile()) for label, network in _by_label(specs).items()}
    if isinstance(baseline, Network):
        earlier = Earlier((snapshot(baseline.profile()),))
    else:
        earlier = earlier_states(str(baseline), Settings(), [Path(file) for file in states], whole_files=False)
    comparison = compared(tuple(states.values()), earlier, (), whole_files=False)
    return ChangesBySpec(zip(states, comparison.changes, strict=True))


@checked(spec=network_or_reference)
def verify(spec: str | Path | Network) -> Verification:
    """Every figure of a spec compared with torch, layer by layer. Raises InputError, SpecError."""
    return _opened(spec).verify()


@checked(spec=network_or_reference)
def table(
    spec: str | Path | Network, *, columns: Sequence[str] = (), formula: bool = False, expand: bool = False
) -> str:
    """The summary of a spec as text. See `load` and `Network.table`."""
    return _opened(spec).table(columns=columns, formula=formula, expand=expand)


@checked()
def check(*specs: str | Path) -> Check:
    """All specs, and all of folders and patterns, as `netinspect check` reads them; without any what the repository's
    configuration includes. Its `findings` are in order, and `exit_code` is the command's. Raises InputError."""
    from netinspect.checking import check, targets
    from netinspect.reading import Settings

    return check(targets([str(spec) for spec in specs], Path()), Settings())


def gallery() -> tuple[GalleryEntry, ...]:
    """The networks that come with netinspect: `name`, `input`, `params`, `macs`, `about`."""
    from netinspect.gallery_specs import entries

    return entries()


@checked(input=sizes)
def new(
    kind: str,
    input: tuple[int, ...] | None = None,
    *,
    classes: int | None = None,
    words: int | None = None,
    name: str | None = None,
) -> str:
    """The text of a spec to start from: `new("cnn", (1, 64, 64), classes=11)`. Raises InputError for a kind that does
    not take that input, or that option."""
    from netinspect.starting.spec import started

    return started(kind, sizes=input, classes=classes, words=words, name=name)


@checked()
def explain(word: str) -> str:
    """What a layer, function, argument, key of a spec or code of a finding means, as text. Raises InputError."""
    from netinspect.reference import explained_word

    return explained_word(word)


@checked()
def schema(of: str = "spec") -> dict[str, Any]:
    """The JSON Schema of specs, or of the JSON that `summary`, `compare`, `verify` or `check` writes. InputError for
    another word."""
    import json

    from netinspect.reference import shipped_schema
    from netinspect.reference.document_schemas import COMMANDS, document_schema_text

    if of not in ("spec", *COMMANDS):
        raise InputError(f"there is no schema of '{of}': one of spec, {', '.join(COMMANDS)}")
    document: dict[str, Any] = json.loads(shipped_schema() if of == "spec" else document_schema_text(of))
    return document
