"""What the program knows of a kind of picture, and what is planned of it.

A kind is one module of `kinds` with its record, `KIND`. Options, the plan, the dry run, the page, the manifest, help,
the functions for notebooks and the docs are read from it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from netinspect.network.attention import attention_paths
from netinspect.network.axes import cell_loops, unit_axes
from netinspect.pictures.diagram.outline import diagram_of
from netinspect.pictures.stems import file_name

if TYPE_CHECKING:
    from netinspect.analysis.figures import Profile, Row
    from netinspect.network.network import Call, Network, Value
    from netinspect.pictures.diagram.parts import Diagram
    from netinspect.pictures.look import Picture
    from netinspect.pictures.page.plate import Plate
    from netinspect.pictures.request import Request, Step
    from netinspect.pictures.run import Recorded, Scene
    from netinspect.recording import Array

DrawnWeights = tuple[tuple[str, tuple[int, ...]], ...]
"""State-dict keys and shapes of tensors of two axes or more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of picture.

    name        the word for `--what`; also the folder or the file it is drawn into
    title       what stands over it on the page
    file        an example of its file, as docs write it: `kernels/03_conv1.png`
    shows       what it shows, in a line for docs
    place       where it stands among the kinds, on the page and in lists: lower is earlier
    needs       the field of the request that must be set for it, and the option that sets it; drawn wherever that is
    is_study    it takes more than one forward pass, or many axes: drawn if asked for, or with `--all`
    drawn       of what, or when, it is drawn unasked: a word for docs, where `needs` and `is_study` do not say it
    more        its other files for docs: (file, what it shows, when it is drawn) each
    is_of_weights   what it shows comes of the weights; where these are random its pictures say that nothing was learned
    is_shared   processes of torchrun share the work of `prepare`

    of_layer    for a layer, what of it is drawn: (subject, name in the file) each; `check` may refuse first
    of_network  for the whole network, what is drawn: (file, subject) each
    check       InputError where a network cannot have it
    outputs     the calls whose outputs must be recorded for a planned picture
    memory      bytes that it takes beside the recording
    prepare     what all its pictures share, worked out before the first is drawn
    draw        takes what it needs out of the scene and draws the picture
    arrays      what `--save-arrays` keeps of it, by name
    """

    name: str
    title: str
    file: str
    shows: str
    place: int
    draw: Callable[[Planned, Scene], Picture | Plate]
    needs: tuple[str, str] | None = None
    is_study: bool = False
    drawn: str = "always"
    more: tuple[tuple[str, str, str], ...] = ()
    is_of_weights: bool = True
    is_shared: bool = False
    of_layer: Callable[[Layer, Plan], Iterable[tuple[str, str]]] | None = None
    of_network: Callable[[Plan], Iterable[tuple[str, str]]] | None = None
    check: Callable[[Network, Request], None] = lambda _network, _request: None
    outputs: Callable[[Planned, Plan], Iterable[Call]] = lambda _planned, _plan: ()
    memory: Callable[[Plan], int] = lambda _plan: 0
    prepare: Callable[[Scene, Step], Any] | None = None
    arrays: Callable[[Planned, Recorded], Mapping[str, Array]] = lambda _planned, _recorded: {}

    @property
    def rows(self) -> Iterator[tuple[str, str, str]]:
        """For docs, in Markdown: its files, what they show, and when they are drawn."""
        studied = "`--all`" if self.is_study else self.drawn
        yield f"`{self.file}`", self.shows, studied if self.needs is None else f"`{self.needs[1]}`"
        yield from ((f"`{file}`", shows, when) for file, shows, when in self.more)


@dataclass(frozen=True, slots=True, eq=False)
class Layer:
    """One layer of the page.

    index, digits  its number among all rows of `netinspect summary`, whatever is drawn of them, and how it is written
    weights        its matrices and kernels: not its biases, nor what an earlier layer has already shown
    parameters     keys of all its tensors, biases among them: what is saved of it
    """

    index: int
    digits: int
    row: Row
    call: Call | None
    weights: DrawnWeights = ()
    parameters: tuple[str, ...] = ()

    @property
    def arrays(self) -> str:
        """Where its arrays are saved: `data/03_conv1.npz`."""
        return f"data/{self.file_name(self.row.path, '.npz')}"

    def weight_name(self, key: str) -> str:
        """What a picture of one of its weights is called: as the layer where it is its `weight`, else by its key."""
        is_weight = self.call is not None and key == f"{self.call.module}.weight"
        return self.row.path if is_weight else key.removesuffix(".weight")

    def file_name(self, name: str, ending: str = ".png") -> str:
        """`03_conv1.png`."""
        return file_name(self.index, name, ending, self.digits)


@dataclass(frozen=True, slots=True, eq=False)
class Planned:
    """One picture that will be drawn, and its file.

    layer    None for a picture of the whole network
    subject  what of it is drawn: a weight's key, the path of attention weights, an output's name; else empty
    """

    kind: Kind
    file: str
    layer: Layer | None = None
    subject: str = ""

    @property
    def call(self) -> Call:
        """The call that its layer is; of a picture of a call, not of a bare parameter or the whole network."""
        if self.layer is None or self.layer.call is None:
            raise ValueError(f"{self.file} is no picture of a call")
        return self.layer.call


@dataclass(frozen=True, eq=False)
class Plan:
    """All that will be drawn, in the page's order: of the whole network, then layer by layer."""

    network: Network
    profile: Profile
    request: Request
    layers: tuple[Layer, ...] = ()
    pictures: tuple[Planned, ...] = ()

    @property
    def kinds(self) -> frozenset[str]:
        """Names of the kinds of which there is a picture."""
        return frozenset(planned.kind.name for planned in self.pictures)

    @property
    def files(self) -> Iterator[str]:
        """Every picture's file, in the page's order."""
        return (planned.file for planned in self.pictures)

    def of(self, layer: Layer) -> Iterator[Planned]:
        """The pictures of a layer."""
        return (planned for planned in self.pictures if planned.layer is layer)

    @property
    def forms(self) -> frozenset[str]:
        """The files that hold a picture once more, in another format than that of the page."""
        first: dict[str, str] = {}
        return frozenset(file for file in self.files if first.setdefault(file.rpartition(".")[0], file) != file)

    @property
    def is_framed(self) -> bool:
        """Whether the network is shown a sound frame by frame, so that its outputs run over time."""
        return bool(self.request.inputs) and any("frame" in item.preprocess for item in self.network.inputs)

    @cached_property
    def diagram(self) -> Diagram:
        """The architecture as boxes."""
        return diagram_of(self.network)

    @cached_property
    def units(self) -> dict[Value, int | None]:
        """For every tensor the axis that counts its units."""
        return unit_axes(self.network)

    @cached_property
    def loops(self) -> dict[Call, tuple[Call, ...]]:
        """By the first call of each cell that is called step by step, all its calls."""
        return cell_loops(self.network)

    @cached_property
    def attended(self) -> dict[str, list[str]]:
        """By call path, the paths of its attention weights."""
        paths: dict[str, list[str]] = {}
        for call, path in attention_paths(self.network):
            paths.setdefault(call.path, []).append(path)
        return paths
