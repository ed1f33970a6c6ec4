"""Which names a spec may give: what torch's modules need for themselves cannot name a layer of one."""

from __future__ import annotations

import re
from typing import Final

from netinspect.errors import Diagnostic, Edit, Span

MAX_NAME: Final = 64

_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")

KEYWORDS: Final = frozenset(
    "False None True and as assert async await break class continue def del elif else except finally for from global "
    "if import in is lambda nonlocal not or pass raise return try while with yield".split()
)
RESERVED: Final = frozenset({"input", "prev", "shape", "steps"})
YAML_WORDS: Final = frozenset({"yes", "no", "on", "off", "true", "false", "null"})

MODULE_NAMES: Final = frozenset(
    """
    T_destination _apply _backward_hooks _backward_pre_hooks _boxed_call _buffers _call_impl _code
    _compiled_call_impl _create_node_hooks _deepcopy_hooks _deepcopy_init _erase_node_hooks _forward_hooks
    _forward_hooks_always_called _forward_hooks_with_kwargs _forward_pre_hooks _forward_pre_hooks_with_kwargs
    _get_abs_string_index _get_backward_hooks _get_backward_pre_hooks _get_item_by_idx _get_name _graph
    _is_full_backward_hook _lineno_map _load_from_state_dict _load_state_dict_post_hooks _load_state_dict_pre_hooks
    _maybe_warn_non_full_backward_hook _modules _named_members _non_persistent_buffers_set _parameters
    _prologue_start _recompile_submodules _register_create_node_hook _register_deepcopy_hook
    _register_erase_node_hook _register_load_state_dict_pre_hook _register_replace_node_hook
    _register_state_dict_hook _replace_hooks _replicate_for_data_parallel _save_to_state_dict _set_replace_hook
    _slow_forward _state_dict_hooks _state_dict_pre_hooks _tracer_cls _tracer_extras _unregister_create_node_hook
    _unregister_deepcopy_hook _unregister_erase_node_hook _unregister_replace_node_hook _version _wrapped_call
    _wrapped_call_impl add_module add_submodule append apply bfloat16 buffers call_super_init children code compile
    cpu cuda delete_all_unused_submodules delete_submodule double dump_patches eval extend extra_repr float forward
    get_buffer get_extra_state get_parameter get_submodule graph half insert ipu load_state_dict meta modules mtia
    named_buffers named_children named_modules named_parameters parameters pop print_readable recompile
    register_backward_hook register_buffer register_forward_hook register_forward_pre_hook
    register_full_backward_hook register_full_backward_pre_hook register_load_state_dict_post_hook
    register_load_state_dict_pre_hook register_module register_parameter register_state_dict_post_hook
    register_state_dict_pre_hook requires_grad_ set_extra_state set_submodule shape_env share_memory state_dict to
    to_empty to_folder train training type xpu zero_grad
    """.split()
)
"""The attributes of torch's nn.Module, fx.GraphModule, nn.Sequential and nn.ModuleList, as of torch 2.13."""


def name_mistake(name: str, span: Span) -> Diagnostic | None:
    """E108 where `name` cannot name a line, block, parameter, variable or input."""
    if not _NAME.fullmatch(name):
        words = re.sub(r"[^A-Za-z0-9_]+", "_", name[:MAX_NAME]).strip("_")
        if words[:1].isdigit():
            words = f"_{words}"
        suggestion = f"write `{words}`" if words and _NAME.fullmatch(words) else None
        if not name:
            note = "there is no name before the colon"
        elif name[0].isdigit() and name.isalnum():
            note = "a name begins with a letter or `_`"
        else:
            note = "names are made of the letters A to Z, a to z, digits and `_`, and begin with no digit"
        return Diagnostic("E108", f"`{name[:80]}` is not a usable name", span, note, suggestion)
    if len(name) > MAX_NAME:
        return Diagnostic("E108", f"this name has {len(name)} characters: at most {MAX_NAME}", span)
    why = _reason(name)
    if why is None:
        return None
    message = f"`{name}` is not a usable name"
    if name == "type":  # as in the mappings of other tools
        return Diagnostic("E108", message, span, why, "a layer stands there as it is, without `type:`")
    stem = name.strip("_") if name.startswith("__") else name  # no ending helps a name that begins with `__`
    other = next(item for item in (stem, f"{stem}_1", f"_{stem}") if _NAME.fullmatch(item) and _reason(item) is None)
    advice = f"call it `{other}`, or better by its role"
    return Diagnostic("E108", message, span, why, advice, suggestion=(Edit(span, other),))


def _reason(name: str) -> str | None:
    if name in KEYWORDS:
        return f"`{name}` is a Python keyword"
    if name in RESERVED:
        return f"`{name}` has a meaning of its own in a spec"
    if name.lower() in YAML_WORDS:
        return f"`{name}` reads like True, False or None"
    if name in MODULE_NAMES:
        return f"torch's modules have an attribute `{name}` of their own"
    if name.startswith("__"):
        return "names that begin with `__` are Python's own"
    return None


def is_name(text: str) -> bool:
    """Whether `text` is spelt like a name: `[A-Za-z_][A-Za-z0-9_]*`."""
    return _NAME.fullmatch(text) is not None


def is_word(key: str) -> bool:
    """Whether `key` is a word of the language, or of YAML. Such a word names nothing, and may be the key of a layer all
    the same, in quotes."""
    return key in RESERVED or (key.lower() in YAML_WORDS and key not in KEYWORDS)


def needs_quotes(key: str) -> bool:
    """Whether a key of the state dict stands in quotes: `block1-0`, `input`, `on`."""
    return not is_name(key) or is_word(key)
