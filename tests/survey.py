"""`make survey`: imports the models of torchvision, timm and transformers, and writes the table of docs/importing.md.

    python -m tests.survey --packages DIR [PATTERN...]

DIR is where timm and transformers are unpacked (`pip install --no-deps --target DIR`). Each model is imported in a
process of its own, and its outcome is a line of build/survey.jsonl; those that are there are not imported again, so
that a survey can be stopped and goes on. With patterns, models whose names have one of them are imported anew.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

from tests.torchvision_operators import declared_operators

RESULTS: Final = Path("build/survey.jsonl")
PAGE: Final = Path(__file__).parents[1] / "docs" / "importing.md"
BEGIN, END = "<!-- survey -->\n", "<!-- end -->"
SECONDS: Final = 300
"""How long one import may take."""

PICTURE: Final = ["3,224,224"]
CLIP: Final = ["3,8,56,56"]
LARGE_CLIP: Final = ["3,16,224,224"]
"""For those that take no smaller one."""
WORDS: Final = ["input_ids=12:int64:1000"]
PAIRS: Final = [*WORDS, "decoder_input_ids=7:int64:1000"]
SOUND: Final = ["input_values=4000"]
PIXELS: Final = ["pixel_values=3,64,64"]

TIMM_PREFERRED: Final = ("atto", "femto", "pico", "nano", "xxt", "tiny", "_ti_", "_t", "mini", "small", "_s")
"""Words of the names of small models, from the smallest on."""

LARGE: Final = ("deepseek_vit", "gemma4_vit", "qwen3_vit")
"""Families of transformers without a small model; a few of their alike blocks are imported."""

SMALLER: Final = ("samvit_base_patch16_224",)
"""Models that read a smaller picture than others of their family."""

ANY_SIZE: Final = ("mobilenetv5",)
"""Families that state a picture of 768 pixels, for which a small machine has not the memory, and take smaller ones."""

ENCODER: Final = {"hidden_size": 48, "num_hidden_layers": 4, "num_attention_heads": 4, "intermediate_size": 96}
DECODER: Final = {"vocab_size": 1000, "use_cache": False}
PARTS: Final = {
    "d_model": 48, "encoder_layers": 3, "decoder_layers": 3, "encoder_attention_heads": 4, "decoder_attention_heads": 4,
    "encoder_ffn_dim": 96, "decoder_ffn_dim": 96,
}  # fmt: skip
HEARD: Final = {**ENCODER, "conv_dim": [32] * 7, "num_conv_pos_embeddings": 16, "num_conv_pos_embedding_groups": 4}

CONFIGS: Final[dict[str, tuple[dict[str, Any], list[str]]]] = {
    "BERT": ({"model_type": "bert", "vocab_size": 1000, **ENCODER}, WORDS),
    "DistilBERT": ({"model_type": "distilbert", "vocab_size": 1000, "dim": 48, "n_layers": 4, "n_heads": 4,
                    "hidden_dim": 96}, WORDS),
    "RoBERTa": ({"model_type": "roberta", "vocab_size": 1000, **ENCODER}, WORDS),
    "GPT-2": ({"model_type": "gpt2", "n_embd": 48, "n_layer": 4, "n_head": 4, **DECODER}, WORDS),
    "LLaMA": ({"model_type": "llama", "num_key_value_heads": 2, **ENCODER, **DECODER}, WORDS),
    "Qwen2": ({"model_type": "qwen2", "num_key_value_heads": 2, **ENCODER, **DECODER}, WORDS),
    "T5": ({"model_type": "t5", "d_model": 48, "d_kv": 12, "d_ff": 96, "num_layers": 3, "num_heads": 4, **DECODER},
           PAIRS),
    "BART": ({"model_type": "bart", **PARTS, **DECODER}, PAIRS),
    "Whisper": ({"model_type": "whisper", **PARTS, **DECODER, "max_source_positions": 50, "pad_token_id": 0,
                 "bos_token_id": 1, "eos_token_id": 1, "decoder_start_token_id": 1},
                ["input_features=80,100", "decoder_input_ids=7:int64:1000"]),
    "wav2vec 2.0": ({"model_type": "wav2vec2", **HEARD}, SOUND),
    "HuBERT": ({"model_type": "hubert", **HEARD}, SOUND),
    "AST": ({"model_type": "audio-spectrogram-transformer", **ENCODER, "max_length": 100, "num_mel_bins": 64},
            ["input_values=100,64"]),
    "EnCodec": ({"model_type": "encodec", "num_filters": 8, "hidden_size": 32, "codebook_dim": 32,
                 "codebook_size": 64}, ["input_values=1,3200"]),
    "DAC": ({"model_type": "dac", "encoder_hidden_size": 8, "decoder_hidden_size": 64, "n_codebooks": 3,
             "codebook_size": 64}, ["input_values=1,2048"]),
    "ViT": ({"model_type": "vit", "image_size": 64, "patch_size": 16, **ENCODER}, PIXELS),
    "CLIP vision": ({"model_type": "clip_vision_model", "image_size": 64, "patch_size": 16, **ENCODER}, PIXELS),
    "Swin": ({"model_type": "swin", "image_size": 64, "embed_dim": 24, "depths": [2, 2, 4], "num_heads": [2, 4, 8],
              "window_size": 4}, PIXELS),
    "SegFormer": ({"model_type": "segformer", "hidden_sizes": [16, 32, 40, 64], "depths": [2, 2, 2, 2]}, PIXELS),
    "ConvNeXtV2": ({"model_type": "convnextv2", "hidden_sizes": [16, 32, 48, 64], "depths": [2, 2, 4, 2]}, PIXELS),
    "Mamba": ({"model_type": "mamba", "hidden_size": 48, "num_hidden_layers": 3, "state_size": 8, **DECODER}, WORDS),
}  # fmt: skip
"""Architectures of transformers with their real structure, few layers and small widths, and what they take."""

Subject = dict[str, Any]
"""A model: its `package`, `name`, `target`, `inputs`, and `arguments` or `config`."""


# --- which models --------------------------------------------------------------------------------


def subjects() -> Iterator[Subject]:
    """Every model whose package is there."""
    with contextlib.suppress(ImportError):
        yield from _torchvision()
    with contextlib.suppress(ImportError):
        yield from _timm()
    if importlib.util.find_spec("transformers") is not None:
        for name, (config, inputs) in CONFIGS.items():
            yield {"package": "transformers", "name": name, "target": "transformers:AutoModel", "inputs": inputs,
                   "config": config}  # fmt: skip


def _torchvision() -> Iterator[Subject]:
    from torchvision import models

    parts = ((models, PICTURE), (models.segmentation, PICTURE), (models.video, CLIP))
    for module, inputs in parts:
        for name in models.list_models(module=module):
            arguments: dict[str, Any] = {"weights": None}
            if module is models.segmentation:
                arguments["weights_backbone"] = None
            if name in ("googlenet", "inception_v3"):
                arguments["init_weights"] = False  # else it warns that they will change
            yield {"package": "torchvision", "name": name, "target": f"{module.__name__}:{name}",
                   "inputs": LARGE_CLIP if name.startswith(("mvit", "s3d")) else inputs,
                   "arguments": arguments}  # fmt: skip


def _timm() -> Iterator[Subject]:
    import timm

    for family in timm.list_modules():
        names = timm.list_models(module=family)
        names = [name for name in names if not name.startswith("test_")]
        names = [name for name in names if name in SMALLER] or names
        name = min(names, key=lambda name: (_smallness(name), len(name), name))
        arguments = {"depth": 4} if family in LARGE else {}
        yield {"package": "timm", "name": name, "target": f"timm:{name}",
               "inputs": PICTURE if family in ANY_SIZE else [], "arguments": arguments}  # fmt: skip


def _smallness(name: str) -> int:
    return next((place for place, word in enumerate(TIMM_PREFERRED) if word in name), len(TIMM_PREFERRED))


# --- one import ----------------------------------------------------------------------------------


def outcome(subject: Subject) -> dict[str, Any]:
    """What the import of a model comes to: "proven", "refused" or "failed", why, and its sizes."""
    from netinspect.cli import torch_models
    from netinspect.errors import NetinspectError
    from netinspect.importing.trace import NotImported

    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        config = None
        if "config" in subject:
            config = Path(folder)
            (config / "config.json").write_text(json.dumps(subject["config"]), encoding="utf-8")
        arguments = json.dumps(subject.get("arguments", {}))
        target = torch_models.target(subject["target"], arguments, subject["inputs"], config)
        try:
            spec = torch_models.imported_model(target, target.network)
        except NotImported as refusal:
            what = "refused" if not refusal.message.startswith("no form of it") else "failed"
            return {"outcome": what, "why": str(refusal)}
        except NetinspectError as failure:
            return {"outcome": "failed", "why": str(failure)}
    seconds = round(time.monotonic() - begun, 1)
    lines = spec.text.count("\n")
    return {"outcome": "proven", "lines": lines, "modules": spec.modules, "form": spec.form, "seconds": seconds,
            "other size": spec.lengths, "text": spec.text}  # fmt: skip


def in_a_process(subject: Subject, packages: str, seconds: int) -> dict[str, Any]:
    """The outcome of a process of low priority that ends after some seconds."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "tests.survey", "--packages", packages, "--child", json.dumps(subject)]
    try:
        ended = subprocess.run(command, capture_output=True, text=True, timeout=seconds, env=environment, check=False)
    except subprocess.TimeoutExpired:
        return {"outcome": "failed", "why": f"it takes more than {seconds} seconds"}
    line = next((line for line in reversed(ended.stdout.splitlines()) if line.startswith("{")), None)
    if line is None:
        last = (ended.stderr.strip().splitlines() or ["it ended without a word"])[-1]
        return {"outcome": "failed", "why": f"{last}", "trace": ended.stderr[-3000:]}
    result: dict[str, Any] = json.loads(line)
    return result


# --- the table -----------------------------------------------------------------------------------


def table(results: Iterable[dict[str, Any]]) -> str:
    """How the models of each package fared, in the words of Markdown, and what those that are not proven lack."""
    rows = list(results)
    lines = ["| package | models | proven | refused | failed | lines | modules | lines a module (median) |",
             f"|---|{'--:|' * 7}"]  # fmt: skip
    packages = {
        package: [row for row in rows if row["package"] == package] for package in (row["package"] for row in rows)
    }
    for package, of in {**packages, "all": rows}.items():
        proven = [row for row in of if row["outcome"] == "proven"]
        counts = Counter(row["outcome"] for row in of)
        sizes = [sum(row[what] for row in proven) for what in ("lines", "modules")]
        median = statistics.median(row["lines"] / row["modules"] for row in proven) if proven else 0
        lines.append(f"| {package} | {len(of)} | {counts['proven']} | {counts['refused']} | {counts['failed']} "
                     f"| {sizes[0]:,} | {sizes[1]:,} | {median:.2f} |")  # fmt: skip
    others = [row for row in rows if row["outcome"] != "proven"]
    reasons: dict[str, list[str]] = {}
    for row in others:
        reasons.setdefault(_reason(row["why"]), []).append(row["name"])
    if reasons:
        lines += ["", "| not proven | why |", "|---|---|"]
        lines += [f"| {', '.join(names)} | {reason} |" for reason, names in reasons.items()]
    return "\n".join(lines)


def _reason(why: str) -> str:
    """A reason without the place in the code of a package, and without the module; of several forms the first's."""
    words = re.sub(r" \([^()]*\.py:\d+\)", "", why.splitlines()[0])
    words = re.sub(r"^.* cannot be written as a spec: ", "", words)
    words = re.sub(
        r"^no form of it is the same network \(folded[a-z, ]*: (?:imported\.yaml:\d+:\d+: )?([^;]*);.*", r"\1", words
    )
    return words.replace("|", "\\|")


def main() -> int:
    """Import what is asked for, and write the table. Gives the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("patterns", nargs="*", metavar="PATTERN", help="a part of the names of models, or a package")
    parser.add_argument("--packages", default=os.devnull, metavar="DIR", help="where timm and transformers are")
    parser.add_argument("--results", type=Path, default=RESULTS, metavar="FILE", help=f"default: {RESULTS}")
    parser.add_argument("--seconds", type=int, default=SECONDS, help="how long one import may take")
    parser.add_argument("--write", action="store_true", help="write the table into docs/importing.md")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    sys.path.append(asked.packages)
    operators = declared_operators()  # noqa: F841  they are there as long as this is
    if asked.child:
        os.nice(19)
        sys.stdout.write(json.dumps(outcome(json.loads(asked.child))) + "\n")
        return 0
    asked.results.parent.mkdir(parents=True, exist_ok=True)
    known = _known(asked.results)
    everything = list(subjects())
    for subject in everything:
        key = f"{subject['package']} {subject['name']}"
        if asked.patterns and not any(pattern in key for pattern in asked.patterns):
            continue
        if not asked.patterns and key in known:
            continue
        result = {"package": subject["package"], "name": subject["name"]}
        result |= in_a_process(subject, asked.packages, asked.seconds)
        known[key] = result
        with asked.results.open("a", encoding="utf-8") as file:
            file.write(json.dumps(result) + "\n")
        sizes = f"{result['lines']} lines, {result['modules']} modules, {result['form']}, {result['seconds']} s" if (
            result["outcome"] == "proven") else result["why"]  # fmt: skip
        sys.stdout.write(f"{key}: {result['outcome']}: {sizes}\n")
        sys.stdout.flush()
    keys = [f"{subject['package']} {subject['name']}" for subject in everything]
    text = table(known[key] for key in keys if key in known)
    if asked.write:
        before, _, rest = PAGE.read_text("utf-8").partition(BEGIN)
        PAGE.write_text(f"{before}{BEGIN}{text}\n{END}{rest.partition(END)[2]}", "utf-8")
    elif not asked.patterns:
        sys.stdout.write(f"\n{text}\n")
    return 0


def _known(file: Path) -> dict[str, dict[str, Any]]:
    """The last outcome of each model so far."""
    lines = file.read_text("utf-8").splitlines() if file.is_file() else []
    results = [json.loads(line) for line in lines]
    return {f"{result['package']} {result['name']}": result for result in results}


if __name__ == "__main__":
    sys.exit(main())
