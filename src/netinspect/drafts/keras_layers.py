"""The former place of `drafts.keras.activations`, from which `drafts.habits` still takes its table."""

from netinspect.drafts.keras.activations import ACTIVATIONS

__all__ = ["ACTIVATIONS"]
