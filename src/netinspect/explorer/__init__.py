"""`netinspect explore`: one page in which a network is run, changed and asked, without a server or a library.

Data flow one way: a network becomes operations of a small engine (`operations`), one run of torch gives their numbers
(`run`), both become plain data (`payload`), and these a page (`page`), whose script works everything out again.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from netinspect.analysis.figures import Profile
    from netinspect.network.network import Network
    from netinspect.pictures.request import Request
    from netinspect.pictures.run import InMemory

MAX_BYTES: Final = 10_000_000
"""What a page takes at most, unless another limit is asked for."""


@dataclass(frozen=True, slots=True, repr=False)
class ExplorerPage:
    """A page that a notebook shows inline, and that can be written to a file. `html` is the whole page as text."""

    html: str

    def write(self, file: str | Path) -> Path:
        """The page as a file that a browser opens by itself. Unfinished if it cannot be written."""
        from netinspect.files import write

        write(Path(file), self.html.encode("utf-8"))
        return Path(file)

    def _repr_html_(self) -> str:
        """A frame around the page: its scripts and styles stay its own."""
        style = "width: 100%; height: 80vh; min-height: 600px; border: 0"
        return f'<iframe title="netinspect explore" style="{style}" srcdoc="{escape(self.html)}"></iframe>'


def explorer_page(
    network: Network, profile: Profile, request: Request, *, about: str = "", max_bytes: int = MAX_BYTES,
    in_memory: InMemory | None = None,
) -> ExplorerPage:  # fmt: skip
    """The page of a network. The same network, weights, input and seed give the same text.

    InputError for weights, inputs and devices that will not do, and for a network that does not fit into `max_bytes`.
    """
    from netinspect.explorer.fit import fitted_page
    from netinspect.explorer.page import page
    from netinspect.explorer.payload import Facts, payload
    from netinspect.pictures.kind import Plan
    from netinspect.pictures.run import open_session

    session = open_session(Plan(network, profile, request), in_memory)
    has_weights = bool(session.model.state_dict())
    facts = Facts(
        about=about,
        origin=session.remark if has_weights else "",
        is_random=has_weights and session.weights is None,
        warnings=(f"{session.banner}.",) if session.weights is not None and session.banner else (),
        samples=session.samples,
        files=session.files,
        index=session.index,
        notes=tuple(f"{name} could not be read: {reason}" for name, reason in session.unread.items()),
    )
    content = fitted_page(
        session.model,
        network,
        session.samples,
        lambda exploration: page(payload(exploration, profile, facts)),
        max_bytes=max_bytes,
        outputs=[array for _, array in session.recording.outputs],
    )
    return ExplorerPage(content.decode("utf-8"))
