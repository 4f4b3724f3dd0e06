"""What :func:`kernelagent.fuse` gives for a live module."""

from __future__ import annotations

import functools
import os
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from kernelagent.contract.benchmark import Benchmark
from kernelagent.contract.result import ErrorInfo, Result
from kernelagent.contract.verdict import Verification
from kernelagent.errors import NotAKernelFile, NoVerifiedKernel, from_json
from kernelagent.live.drop_in import drop_in
from kernelagent.live.report import Report, framed
from kernelagent.static.provenance import with_provenance

if TYPE_CHECKING:
    import torch


class Fused:
    """A module, the kernel that was made of it, and how it was checked.

    fused = kernelagent.fuse(module, x)
    y = fused.module(x)          # the same parameters, computed by Triton
    fused.save("block_triton.py")
    """

    def __init__(self, result: Result, given: torch.nn.Module) -> None:
        self._result = result
        self._given = given

    @property
    def result(self) -> Result:
        """As for a file: status, verification, benchmark, artifacts, error."""
        return self._result

    @property
    def status(self) -> str:
        """``verified``, ``failed``, ``cancelled`` or ``unverified`` (``verify=False``)."""
        return self._result.status

    @property
    def verification(self) -> Verification | None:
        return self._result.verification

    @property
    def benchmark(self) -> Benchmark | None:
        return self._result.benchmark

    @property
    def error(self) -> ErrorInfo | None:
        return self._result.error

    @property
    def kernel(self) -> Path:
        """The kernel's file. Raises the error that the run ended with, or ``NoVerifiedKernel`` for a wrong kernel."""
        if self._result.error is not None:
            told = self._result.error
            raise from_json(
                {"code": told.code, "message": told.message, "hint": told.hint, "file": told.file, "line": told.line}
            )
        if self._result.status not in ("verified", "unverified"):
            failed = self._result.verification.summary if self._result.verification is not None else "it has none"
            raise NoVerifiedKernel(f"the kernel is not verified: {failed}", hint="Print .report for what failed.")
        if self._result.kernel is None:
            raise NotAKernelFile("the run ended before it had a kernel.", hint='Let it go on: until="end".')
        return Path(self._result.artifacts["run_dir"]) / self._result.kernel

    @functools.cached_property
    def module(self) -> torch.nn.Module:
        """A drop-in for the given module, with its very parameters and buffers: shared, not copied. For inference: its
        kernels have no backward pass, and what they give carries no gradients; train the given module.

        Its kernels run on a GPU, or anywhere where ``TRITON_INTERPRET=1`` was set before Triton was imported; its
        call raises ``GpuNotFound`` otherwise. Raises as :attr:`kernel` does.
        """
        kernel = self.kernel
        entry = self._result.entry_points.module if self._result.entry_points is not None else None
        if entry is None:
            raise NotAKernelFile(f"{kernel.name} defines no module class.", hint="Call its kernel_function.")
        return drop_in(kernel, entry, self._given)

    @property
    def source(self) -> str:
        """The text of the kernel's file. Raises as :attr:`kernel` does."""
        return self.kernel.read_text(encoding="utf-8")

    @functools.cached_property
    def report(self) -> Report:
        """Markdown by ``print``, HTML in a notebook; there is one for a failure, too."""
        return Report(self._result)

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the kernel's file, with a line that says what it was made from where that is a file. Raises as
        :attr:`kernel` does, and ``OSError``."""
        place, text = Path(path), self.source
        file, _, class_name = self._result.target.rpartition("::")
        entry = self._result.entry_points.module if self._result.entry_points is not None else None
        if entry is not None and os.path.isfile(file):  # the text of a notebook's class lives as long as its call
            text = with_provenance(text, entry, Path(file).name, class_name, Path(file).read_text(encoding="utf-8"))
        place.write_text(text, encoding="utf-8", newline="\n")
        return place

    def __repr__(self) -> str:
        name = self._result.target.rpartition("::")[2]
        told = self._result.error.message if self._result.error is not None else ""
        if self._result.verification is not None and not told:
            told = self._result.verification.summary
        gain = f", {self._result.benchmark.speedup_eager:.2f}x eager" if self._result.benchmark is not None else ""
        again = ", answered before" if self._result.cached else ""
        return f"<{name} {self.status} in {self._result.elapsed_s:.1f} s{again}{gain}: {told}>"

    def _repr_html_(self) -> str:
        name = escape(self._result.target.rpartition("::")[2])
        state = "not verified" if self.status == "failed" else self.status
        parts = [
            f'<p><strong class="{self.status}">{escape(state.capitalize())}</strong> &nbsp;<code>{name}</code></p>'
        ]
        if self._result.error is not None:
            told = self._result.error
            parts.append(f"<p>{escape(told.code)}: {escape(told.message)}</p><p>{escape(told.hint)}</p>")
            return framed("".join(parts))
        rows = {"took": f"{self._result.elapsed_s:.1f} s" + (" (answered before)" if self._result.cached else "")}
        if (verdict := self._result.verification) is not None:
            parts.append(f"<p>{escape(verdict.summary)}</p>")
            passed = sum(case.passed for case in verdict.cases)
            rows["cases"] = f"{passed} of {len(verdict.cases)} sets of inputs pass"
            if verdict.max_abs_err is not None and verdict.eager_max_abs_err is not None:
                theirs = f"PyTorch's own {verdict.eager_max_abs_err:.2g}"
                rows["error"] = f"largest {verdict.max_abs_err:.2g}, {theirs}; both against float64"
                rows["precision"] = verdict.precision
        if (timed := self._result.benchmark) is not None:
            compiled = f", {timed.speedup_compile:.2f}x torch.compile" if timed.speedup_compile is not None else ""
            rows["speed"] = (
                f"{timed.kernel_ms.median:.4g} ms on {timed.device}, {timed.speedup_eager:.2f}x eager{compiled}"
            )
        cells = "".join(f"<tr><td>{name}</td><td>{escape(told)}</td></tr>" for name, told in rows.items())
        parts.append(f"<table><tbody>{cells}</tbody></table>")
        if self._result.kernel is not None and self.status in ("verified", "unverified"):
            lines = self.source.count("\n")
            parts.append(f"<details><summary>Kernel, {lines} lines</summary><pre>{escape(self.source)}</pre></details>")
        return framed("".join(parts))
