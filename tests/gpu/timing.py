"""The clock on a real GPU: an honest kernel's time is believed, and those that play with the clock get nowhere.

    python tests/gpu/timing.py

Needs an NVIDIA GPU, which continuous integration has not. Exits 1 when anything is not as it should be.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TESTS.parent / "pipeline"))

from kernelagent.contract.options import Options  # noqa: E402
from kernelagent.driver import standalone  # noqa: E402
from kernelagent.driver.benchmark import measure  # noqa: E402
from kernelagent.driver.cancel import CancelToken  # noqa: E402
from kernelagent.driver.target import parse_target  # noqa: E402
from kernelagent.driver.workers import WorkerPool  # noqa: E402
from kernelagent.errors import KernelAgentError  # noqa: E402

PROBLEM = """
import torch


# kernelagent: inputs=(torch.randn(8192, 4096),)
class Softmax(torch.nn.Module):
    def forward(self, x):
        return torch.softmax(x * 2.0, dim=-1)
"""
KERNEL = """
import torch
import triton
import triton.language as tl


@triton.jit
def softmax(x_ptr, out_ptr, n, BLOCK: tl.constexpr):
    row = tl.program_id(0)
    i = tl.arange(0, BLOCK)
    x = tl.load(x_ptr + row * n + i, mask=i < n, other=float("-inf")) * 2.0
    e = tl.exp(x - tl.max(x, axis=0))
    tl.store(out_ptr + row * n + i, e / tl.sum(e, axis=0), mask=i < n)


"""
HONEST = """
def kernel_function(x):
    out = torch.empty_like(x)
    softmax[(x.shape[0],)](x, out, x.shape[1], BLOCK=triton.next_power_of_2(x.shape[1]))
    return out
"""
LESS_AND_LESS = """
rows = [0]


def kernel_function(x):
    rows[0] += 1
    out = torch.empty_like(x)
    softmax[(x.shape[0] if rows[0] < 40 else 16,)](x, out, x.shape[1], BLOCK=triton.next_power_of_2(x.shape[1]))
    return out
"""
SAME_AS_BEFORE = """
kept = {}


def kernel_function(x):
    if x.data_ptr() not in kept:
        out = torch.empty_like(x)
        softmax[(x.shape[0],)](x, out, x.shape[1], BLOCK=triton.next_power_of_2(x.shape[1]))
        kept[x.data_ptr()] = out
    return kept[x.data_ptr()]
"""
ASIDE = """
def kernel_function(x):
    out = torch.empty_like(x)
    aside = torch.cuda.Stream()
    aside.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(aside):
        softmax[(x.shape[0],)](x, out, x.shape[1], BLOCK=triton.next_power_of_2(x.shape[1]))
    return out
"""
TORCH = """
def kernel_function(x):
    out = torch.empty_like(x)
    softmax[(1,)](x, out, x.shape[1], BLOCK=triton.next_power_of_2(x.shape[1]))
    return torch.softmax(x * 2.0, dim=-1)
"""
EXPECTED = {
    "honest": (HONEST, ""),
    "less and less": (LESS_AND_LESS, "TimedOutputsDiffer"),
    "same as before": (SAME_AS_BEFORE, "TimedOutputsDiffer"),
    "aside": (ASIDE, "streams"),
    "torch": (TORCH, "NotAKernelFile"),
}


def main() -> int:
    wrong = 0
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        model = folder / "model.py"
        model.write_text(PROBLEM, encoding="utf-8")
        target, options, cancel = parse_target(f"{model}::Softmax"), Options(), CancelToken()
        with WorkerPool(sys.executable) as pool:
            pool.start()
            problem = standalone.capture(target, options, pool=pool, folder=folder, cancel=cancel)
            extraction = standalone.cut(problem, pool=pool, folder=folder, cancel=cancel)
            honest_ms = 0.0
            for name, (wrapper, sign) in EXPECTED.items():
                kernel = folder / f"{name.replace(' ', '_')}.py"
                kernel.write_text(KERNEL + wrapper, encoding="utf-8")
                try:
                    found = measure(
                        kernel,
                        problem,
                        extraction,
                        pool=pool,
                        cancel=cancel,
                        tell=lambda message: None,
                        options=options,
                    )
                    said = "; ".join(found.notes)
                    times = f"eager {found.eager_ms.median:.4f} kernel {found.kernel_ms.median:.4f} ms"
                    honest_ms = honest_ms or found.kernel_ms.median
                    right = (sign in said and found.kernel_ms.median > honest_ms * 0.8) if sign else not said
                except KernelAgentError as exc:
                    said, times, right = f"{exc.code}: {exc.message}", "", exc.code in (sign, "NotAKernelFile")
                print(f"{'right' if right else 'WRONG'}  {name}: {times} {said}", flush=True)
                wrong += not right
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
