"""Torch code as text: a small reader of Python that knows torch, and never runs anything.

`values` says what a value is, `frames` which names a line can see. `interpreter` follows statements, `expressions` what
stands in them (with `arithmetic` and `builtins`), `calls` what is called there: classes of the text and their forwards,
layers (`layer_calls`), functions of tensors (`tensors`), all other names of torch (`torch_calls`). `naming`, `lines`
and `blocks` write it as a spec. `statements` and `classes` make such a program of the lists of a spec that have code in
them.
"""
