"""What takes gradients, further runs or other inputs to know of a network: one module a study."""
