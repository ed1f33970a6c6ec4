"""Modules that are called one after the other, where no forward says how they are joined."""

from __future__ import annotations

from collections.abc import Sequence

from netinspect.drafts.torch_program.values import (
    Argument,
    Class,
    Container,
    Instance,
    Layer,
    Place,
    Untold,
)


def in_order(modules: Sequence[Argument], name: str = "Network") -> Instance:
    """An object whose children are called in order. A lone Sequential without a name is the object itself."""
    main = Instance(Class(name, (), {}, ()))
    if len(modules) == 1 and modules[0][0] is None and isinstance(modules[0][1], Container):
        main.children = modules[0][1]
    else:
        main.children = Container("Sequential")
        for place, (label, module) in enumerate(modules):
            if not isinstance(module, Layer | Container | Instance):
                raise Untold
            if isinstance(module, Container) and module.kind != "Sequential":
                raise Untold
            module.place = None
            main.children.add(label or str(place), module)
    main.children.place = Place(main, "")
    return main
