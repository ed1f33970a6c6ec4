"""What pictures are drawn from: a session, its recording by name, what each value sees of the input, and the look."""

from __future__ import annotations

from dataclasses import dataclass

from netinspect.analysis.receptive_field import Sight
from netinspect.network.network import Network, Value
from netinspect.pictures.look import Look
from netinspect.pictures.run import Session
from netinspect.recording import Activation, Array, Attention, Kernel, Recording


@dataclass(frozen=True, slots=True, eq=False)
class Recorded:
    """What was recorded, by name."""

    kernels: dict[str, Kernel]
    activations: dict[str, Activation]
    hidden_states: dict[str, Array]
    directions: dict[str, int]
    attention: dict[str, Attention]


def by_name(recording: Recording) -> Recorded:
    """The recording's parts by state-dict key and by path."""
    return Recorded(
        {kernel.key: kernel for kernel in recording.kernels},
        {activation.path: activation for activation in recording.activations},
        {states.path: states.values for states in recording.hidden_states},
        {states.path: states.directions for states in recording.hidden_states},
        {attended.path: attended for attended in recording.attention},
    )


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """Goes to every function that draws."""

    session: Session
    recorded: Recorded
    sights: dict[Value, Sight]
    look: Look

    @property
    def network(self) -> Network:
        """The network that is drawn."""
        return self.session.network
