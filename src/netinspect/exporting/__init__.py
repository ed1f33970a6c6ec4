"""A network as the PyTorch source that a person would have written. No torch is needed to write it."""
