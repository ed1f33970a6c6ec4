"""Specs written in a test, as networks."""

from tests.torch_backend.conftest import network

__all__ = ["network"]
