"""Comparisons as text: what a convolution saves, networks side by side, a network against its baseline.

Each is laid out once, as a `Page` of grids of text, and the same page is written as a table or as Markdown. JSON and
CSV are written from the figures themselves.
"""
