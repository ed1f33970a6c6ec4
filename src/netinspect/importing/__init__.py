"""A spec from a torch model: what its runs left behind, as plain data, becomes the text of a spec. Knows no torch."""
