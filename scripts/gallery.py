"""Writes the gallery, ``docs/gallery``: ``python scripts/gallery.py``. It fuses each module of ``examples/gallery``.

A page has the module's source, a picture of its graph with the subgraphs coloured, the Triton that the built-in
synthesizer wrote, and the verdict. ``tests/docs/test_gallery.py`` holds the pages to what is written now.
"""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "docs/gallery"
MODULES = sorted((ROOT / "examples/gallery").glob("*.py"))
MADE = "<!-- Written by scripts/gallery.py: change that or examples/gallery, not this page. -->"
TITLES = {
    "attention": "Causal attention",
    "conv_bn_relu": "Convolution, batch norm, ReLU",
    "cross_entropy": "Cross entropy",
    "gru": "GRU",
    "layer_norm_gelu": "Layer norm and GELU",
    "softmax": "Scaled softmax",
    "swiglu": "RMS norm and SwiGLU",
}
HEAD = "import torch\nimport triton\nimport triton.language as tl\n"


@dataclass(frozen=True)
class Piece:
    """One module of the gallery, and what became of it."""

    name: str
    source: str
    kernels: str
    """The kernels and the function that launches them; the file's class and self-check are left out."""
    picture: str
    operators: int
    kernel_count: int
    result: dict[str, Any]


def piece(module: Path, run: Path) -> Piece:
    """What the run directory ``run`` has of ``module``."""
    result = json.loads((run / "result.json").read_text(encoding="utf-8"))
    composed = (run / "compose_out/composed_kernel.py").read_text(encoding="utf-8")
    return Piece(
        module.stem,
        module.read_text(encoding="utf-8"),
        "\n\n".join([HEAD, *kernels_of(composed)]) + "\n",
        (run / "graph.svg").read_text(encoding="utf-8"),
        sum(len(each["ops"]) for each in result["subgraphs"]),
        composed.count("@triton.jit"),
        result,
    )


def kernels_of(composed: str) -> Iterator[str]:
    """The statements of a composed file that compute, each with the comments above it."""
    lines = composed.splitlines()
    tree = ast.parse(composed)
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.name != "reference":
            first = min([node.lineno, *(each.lineno for each in node.decorator_list)]) - 1
            while first and lines[first - 1].startswith("#"):
                first -= 1
            yield "\n".join(lines[first : node.end_lineno]) + "\n"


def page(made: Piece) -> str:
    count = f"{made.operators} operator{'s' * (made.operators != 1)}"
    kernels = f"{made.kernel_count} kernel{'s' * (made.kernel_count != 1)}"
    parts = [
        f"# {TITLES[made.name]}",
        MADE,
        f"{count}, {kernels}. *{made.result['verification']['summary']}*",
        f'<div class="{"beside" if is_narrow(made.picture) else "above"}" markdown="1">',
        f"```python\n{made.source}```",
        f"![The graph of {made.name}, a colour for each subgraph]({made.name}.svg)",
        "</div>",
        "The kernels, and the function that launches them:",
        f"```python\n{made.kernels}```",
    ]
    return "\n\n".join(parts) + "\n"


def is_narrow(picture: str) -> bool:
    """Whether there is room for it beside code."""
    width = re.search(r'width="(\d+)"', picture)
    return width is not None and int(width[1]) <= 450


def index(pieces: list[Piece]) -> str:
    rows = []
    for made in pieces:
        subgraphs = ", ".join(f"`{each['id']}`" for each in made.result["subgraphs"])
        title = f"[{TITLES[made.name]}]({made.name}.md)"
        rows.append(f"| {title} | {made.operators} | {made.kernel_count} | {subgraphs} |")
    return "\n".join(
        [
            "# Gallery",
            "",
            MADE,
            "",
            "Small modules, each beside the Triton that the built-in synthesizer wrote for it: no model was asked, and "
            "nothing was edited. Each was verified in the interpreter and compiled for `sm_90`; none was run on a GPU "
            "for these pages. The modules are in `examples/gallery` of the repository: fuse them yourself, or change "
            "them and see what changes.",
            "",
            "| module | operators | kernels | subgraphs |",
            "|---|---|---|---|",
            *rows,
            "",
        ]
    )


def main() -> int:
    FOLDER.mkdir(exist_ok=True)
    pieces = []
    for module in MODULES:
        fuse = [sys.executable, "-m", "kernelagent.cli", "fuse", str(module), "--json"]
        options = ["--device", "cpu", "--provider", "builtin"]
        told = subprocess.run([*fuse, *options], cwd=ROOT, stdout=subprocess.PIPE, check=True).stdout
        made = piece(module, Path(json.loads(told)["artifacts"]["run_dir"]))
        (FOLDER / f"{made.name}.md").write_text(page(made), encoding="utf-8")
        (FOLDER / f"{made.name}.svg").write_text(made.picture, encoding="utf-8")
        pieces.append(made)
    (FOLDER / "README.md").write_text(index(pieces), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
