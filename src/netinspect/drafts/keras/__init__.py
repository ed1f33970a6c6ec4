"""Keras in the words of a spec: layers, graphs of them, and the texts they stand in."""
