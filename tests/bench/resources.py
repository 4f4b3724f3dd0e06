"""``python -m tests.bench.resources [--arch sm_90] [--template attention] [--json FILE] [--against FILE]``

What the compiler makes of each kernel template, for each architecture, with no GPU: registers, bytes spilled, shared
memory, and instructions by kind. With ``--against`` a table that was kept with ``--json`` is shown beside it, so that a
change of a template can be compared.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

ARCHES = ("sm_80", "sm_90", "gfx942")
TEMPLATES: dict[str, tuple[str, str, str, str]] = {
    "pointwise": ("torch.randn(4096, 4096)", "return F.gelu(x)", "", "float32"),
    "row resident": ("torch.randn(4096, 1024)", "return self.n(x)", "self.n = nn.LayerNorm(1024)", "float32"),
    "row stepped": ("torch.randn(4096, 5000)", "return torch.softmax(x, -1)", "", "float32"),
    "window": ("torch.randn(8, 32, 64, 64)", "return F.max_pool2d(x, 3, 2, 1)", "", "float32"),
    "scan": ("torch.randn(512, 4096)", "return x.cumsum(-1)", "", "float32"),
    "linear": ("torch.randn(4096, 1024)", "return F.gelu(self.f(x))", "self.f = nn.Linear(1024, 4096)", "float32"),
    "three linears": (
        "torch.randn(4096, 1024)",
        "return self.q(x), self.k(x), self.v(x)",
        "self.q, self.k, self.v = (nn.Linear(1024, 1024) for _ in range(3))",
        "float32",
    ),
    "linear half": ("torch.randn(4096, 1024)", "return F.gelu(self.f(x))", "self.f = nn.Linear(1024, 4096)", "float16"),
    "product": ("torch.randn(2048, 2048), torch.randn(2048, 2048)", "return x @ y", "", "float32"),
    "product double": ("torch.randn(256, 256), torch.randn(256, 256)", "return x @ y", "", "float64"),
    "convolution": ("torch.randn(8, 64, 64, 64)", "return self.c(x)", "self.c = nn.Conv2d(64, 128, 3)", "float32"),
    **{
        f"attention {width}{' half' if dtype == 'float16' else ''}": (
            ", ".join([f"torch.randn(4, 512, {width * 8})"] * 3),
            f"q, k, v = (t.view(*t.shape[:2], 8, {width}).transpose(1, 2) for t in (x, y, z))\n"
            "        return F.scaled_dot_product_attention(q, k, v, is_causal=True)",
            "",
            dtype,
        )
        for width in (32, 64, 128, 256)
        for dtype in ("float32", "float16")
    },
    "attention 64 double": (
        "torch.randn(4, 8, 512, 64), torch.randn(4, 8, 512, 64), torch.randn(4, 8, 512, 64)",
        "return torch.softmax(x @ y.transpose(-1, -2), -1) @ z",
        "",
        "float64",
    ),
}
"""Name → inputs, body of ``forward``, ``__init__``, dtype."""

KINDS = {
    "product": r"(HMMA|HGMMA|DMMA|IMMA|mfma)",
    "multiply-add": r"(FFMA|DFMA|v_fma|v_pk_fma)",
    "global load": r"(LDG|global_load|buffer_load)",
    "global store": r"(STG|global_store|buffer_store)",
    "async copy": r"(LDGSTS|UTMALDG)",
    "shared": r"(LDS|STS|ds_read|ds_write)",
    "local": r"(LDL|STL|scratch_)",
    "special": r"(MUFU|v_exp|v_rcp|v_rsq|v_log)",
    "barrier": r"(BAR|s_barrier)",
}


def generated(name: str, arch: str, folder: Path) -> dict[str, Any]:
    """``{text, launches}`` of one template, with tiles for ``arch``; where Triton is the interpreter."""
    from tests.synth.case import Case
    from tests.synth.launches import launches
    from tests.synth.run_case import synthesis_of

    inputs, body, init, dtype = TEMPLATES[name]
    synthesis, composed = synthesis_of(Case(inputs, body, init), folder, dtype, arch)
    return {"text": composed.text, "launches": launches(synthesis)}


def compiled(text: str, launches: list[dict[str, Any]], arch: str, folder: Path) -> Iterator[dict[str, Any]]:
    """One row for each kernel of a file."""
    import importlib.util

    from kernelagent.worker.aot.targets import architecture

    path = folder / "composed_kernels.py"
    path.write_text(text)
    spec = importlib.util.spec_from_file_location("composed_kernels", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    target = architecture(arch)
    assert target is not None, arch
    for launch in launches:
        yield {"kernel": launch["kernel"], **_compile(module, launch, target, folder)}


def _compile(module: Any, launch: dict[str, Any], target: Any, folder: Path) -> dict[str, Any]:
    import triton
    from kernelagent.worker.aot import resources
    from kernelagent.worker.aot.compile_one import find_kernel
    from kernelagent.worker.aot.signature import specialize
    from kernelagent.worker.aot.targets import gpu_target
    from triton.compiler import ASTSource

    os.environ["TRITON_DUMP_PTXAS_LOG"] = "1"
    os.environ["TRITON_CACHE_DIR"] = str(folder / "cache")  # what is cached has no log
    function = find_kernel(module, launch["kernel"])
    how = specialize(function, launch, target, module)
    source = ASTSource(fn=function, signature=how.signature, constexprs=how.constexprs, attrs=how.attrs)
    log = folder / "ptxas.log"
    sys.stdout.flush()
    kept = os.dup(1)
    with open(log, "w") as stream:
        os.dup2(stream.fileno(), 1)
        try:
            made = triton.compile(source, target=gpu_target(target), options=launch["options"])
        except Exception as exc:  # noqa: BLE001  a template that does not compile is a row of the table
            return {"error": f"{type(exc).__name__}: {str(exc).splitlines()[0][:80]}"}
        finally:
            sys.stdout.flush()  # Triton prints what ptxas says
            os.dup2(kept, 1)
    found = resources.of_compiled(made, log.read_text())
    return {**vars(found), "fits": (found.shared_bytes or 0) <= target.shared_limit, "kinds": _kinds(made, folder)}


def _kinds(made: Any, folder: Path) -> dict[str, int]:
    if "amdgcn" in made.asm:
        text = made.asm["amdgcn"]
    else:
        import triton.backends.nvidia

        cubin = folder / "kernel.cubin"
        cubin.write_bytes(made.asm["cubin"])
        tool = Path(triton.backends.nvidia.__file__).parent / "bin" / "cuobjdump"
        text = subprocess.run([tool, "-sass", cubin], capture_output=True, text=True, check=True).stdout
    counts: Counter[str] = Counter()
    for line in text.splitlines():
        found = re.search(r"(?:\*/|^)\s+(?:@!?U?P\w+\s+)?([A-Za-z]\w+)", line)
        kind = next((k for k, p in KINDS.items() if found and re.match(p, found[1])), None)
        counts[kind or ("other" if found else "")] += 1
    counts.pop("", None)
    return dict(counts)


def row(arch: str, name: str, figures: Mapping[str, Any]) -> str:
    if "error" in figures:
        return f"{name:22} {arch:7} {figures['error']}"
    kinds = "  ".join(f"{k} {n}" for k in KINDS if (n := figures["kinds"].get(k)))
    shared = f"{(figures['shared_bytes'] or 0) / 1024:.0f} KiB{'' if figures['fits'] else ' (too much)'}"
    return f"{name:22} {arch:7} {figures['registers']:>4} {figures['spills'] or 0:>6} {shared:>8}  {kinds}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--arch", action="append", help="default: " + ", ".join(ARCHES))
    parser.add_argument("--template", action="append", help="names, or beginnings of names")
    parser.add_argument("--exact", action="store_true", help="templates are whole names")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--against", type=Path)
    parser.add_argument("--generate", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.generate:
        with tempfile.TemporaryDirectory() as folder:
            print(json.dumps(generated(given.generate, given.arch[0], Path(folder))))
        return 0
    os.environ.pop("TRITON_INTERPRET", None)  # what follows compiles; only --generate runs in the interpreter
    before = json.loads(given.against.read_text()) if given.against else {}
    kept: dict[str, Any] = {}
    print(f"{'template':22} {'arch':7} regs spills   shared  instructions")
    asked = given.template or [""]
    for name in [n for n in TEMPLATES if (n in asked if given.exact else n.startswith(tuple(asked)))]:
        for arch in given.arch or ARCHES:
            command = [sys.executable, "-m", "tests.bench.resources", "--generate", name, "--arch", arch]
            made = json.loads(subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout)
            with tempfile.TemporaryDirectory() as folder:
                for figures in compiled(made["text"], made["launches"], arch, Path(folder)):
                    key = f"{name}/{figures['kernel']}/{arch}"
                    kept[key] = figures
                    if key in before and before[key] != figures:
                        print(row(arch, f"{name} (before)", before[key]))
                    print(row(arch, name, figures), flush=True)
    if given.json:
        given.json.write_text(json.dumps(kept, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
