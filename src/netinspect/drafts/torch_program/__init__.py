"""Torch code as text: a small reader of Python that knows torch, and never runs anything.

`values` says what a value is, `interpreter` follows the statements, `torch_calls` knows torch's names, `tensors` what
is done with tensors, `blocks` and `lines` write what was found as a spec.
"""
