"""Where the linter says "does not compile", Triton's compiler says so too; and it takes what the pages call right."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from kernelagent.lint.linter import lint
from pages import example

REFUSED = ("KA201", "KA202", "KA203", "KA205", "KA206", "KA208", "KA209", "KA210", "KA211", "KA302", "KA404", "KA504")
TAKEN = ("KA101", "KA103", "KA104", "KA204", "KA207", "KA301", "KA303")
"""Wrong in another way than by not compiling."""

SCRIPT = """
import importlib.util, json, sys
import triton
from triton.backends.compiler import GPUTarget
from triton.compiler import ASTSource
from triton.runtime.jit import JITFunction

def compiles(path):
    try:
        spec = importlib.util.spec_from_file_location("kernel_file", path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        for function in vars(module).values():
            while hasattr(function, "fn") and not isinstance(function, JITFunction):
                function = function.fn
            if not isinstance(function, JITFunction):
                continue
            signature, constants = {}, {}
            for index, parameter in enumerate(function.params):
                if parameter.is_constexpr:
                    signature[parameter.name], constants[(index,)] = "constexpr", 64
                else:
                    signature[parameter.name] = "*fp32" if parameter.name.endswith("ptr") else "i32"
            source = ASTSource(fn=function, signature=signature, constexprs=constants)
            triton.compile(source, target=GPUTarget("cuda", 90, 32))
    except Exception:
        return False
    return True

print(json.dumps({path: compiles(path) for path in sys.argv[1:]}))
"""


FLOAT32_BY_NOW = """
b - tl.max(b, axis=0) | tl.max(h, axis=0) | tl.min(b, axis=0) | b.max(axis=0) | tl.softmax(b) | tl.softmax(h)
tl.maximum(b, 0.0) | tl.minimum(b, 0) | max(b, 0.0) | min(h, b, w) | tl.maximum(h, 0.0) | tl.maximum(h, y=w)
tl.clamp(b, 0.0, 1.0) | tl.clamp(h, 0.0, 1.0) | tl.clamp(h, min=0.0, max=1.0)
tl.cumsum(b, axis=0) | tl.cumsum(h, axis=0, dtype=tl.float32) | tl.cumprod(b, axis=0)
tl.sum(h, axis=0, dtype=tl.float32) | b + tl.argmax(b, axis=0)
h / h | b / b | h / 2.0 | h / 2 | 2.0 / b | h / b | h % 2.0 | tl.fdiv(1.0, w) | i / 3 | i.to(tl.int64) / i
h * tl.exp(1.0) | h * tl.cast(0.5, tl.float32) | tl.fma(h, 2.0, h) | tl.where(i > 3, h, tl.cast(0.5, tl.float32))
tl.dot(b2, b2, out_dtype=tl.float16) | tl.dot(h2, h2) | tl.dot(w2, w2, out_dtype=tl.float16, input_precision="ieee")
"""
HALF_STILL = """
b | h | h * 2.0 | h * BLOCK | b + b | -b | tl.abs(h) | tl.sum(h, axis=0) | tl.sum(b, axis=0) | tl.cumsum(h, axis=0)
tl.cumprod(h, axis=0) | tl.maximum(h, h) | tl.where(i > 3, h, 0.0) | tl.fma(h, h, h) | tl.sort(b) | tl.trans(h2)
h * max(BLOCK, 2) | tl.fdiv(h, h) | tl.dot(h2, h2, out_dtype=tl.float16)
(h / h).to(tl.float16) | tl.sum(w, axis=0, dtype=tl.float16)
"""
WORKED_OUT_BY_PYTHON = """
w * torch.pi | w * torch.float16.itemsize
tl.where(i > 3, w, torch.inf) | tl.where(i > 3, w, torch.finfo(torch.float32).max)
w + (BLOCK == torch.float16) | w + (BLOCK is torch.float16)
"""
OF_EXPRESSION = """import torch
import triton
import triton.language as tl


@triton.jit
def kernel(x_ptr, out_ptr, BLOCK: tl.constexpr):
    i = tl.arange(0, BLOCK)
    w = tl.load(x_ptr + i).to(tl.float32)
    w2 = tl.load(x_ptr + tl.arange(0, 16)[:, None] * 16 + tl.arange(0, 16)[None, :]).to(tl.float32)
    b, h, b2, h2 = w.to(tl.bfloat16), w.to(tl.float16), w2.to(tl.bfloat16), w2.to(tl.float16)
    tl.static_assert(BLOCK > 0)
    made = tl.exp({})
    tl.device_assert(made == made)
"""


def compiled(files: list[str], folder: Path) -> dict[str, bool]:
    environment = {name: value for name, value in os.environ.items() if name != "TRITON_INTERPRET"}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, *files],
        env={**environment, "TRITON_CACHE_DIR": str(folder / "cache")},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, bool] = json.loads(done.stdout.splitlines()[-1])
    return found


def test_the_compiler_agrees(tmp_path: Path) -> None:
    wanted: dict[str, bool] = {}
    for code in (*REFUSED, *TAKEN):
        for heading in ("Wrong", "Right"):
            file = tmp_path / f"{code}_{heading}.py"
            file.write_text(example(code, heading), encoding="utf-8")
            wanted[str(file)] = heading == "Right" or code in TAKEN
    assert compiled([*wanted], tmp_path) == wanted


def test_the_compiler_agrees_on_what_tl_exp_takes(tmp_path: Path) -> None:
    """Where Triton has made float32 of half precision, tl.exp takes it and KA302 is silent; elsewhere neither. The same
    of PyTorch's numbers and KA504."""
    expressions = {
        expression.strip(): taken
        for lines, taken in ((FLOAT32_BY_NOW, True), (HALF_STILL, False), (WORKED_OUT_BY_PYTHON, True))
        for line in lines.strip().splitlines()
        for expression in line.split(" | ")
    }
    texts = {expression: OF_EXPRESSION.format(expression) for expression in expressions}
    silent = {expression: not lint(text, select=["KA302", "KA504"]).findings for expression, text in texts.items()}
    assert silent == expressions
    files = {str(tmp_path / f"expression_{index}.py"): expression for index, expression in enumerate(expressions)}
    for file, expression in files.items():
        Path(file).write_text(texts[expression], encoding="utf-8")
    taken = compiled([*files], tmp_path)
    assert {files[file]: takes for file, takes in taken.items()} == expressions
