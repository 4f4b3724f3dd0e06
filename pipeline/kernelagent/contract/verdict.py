"""The judge's verdict: a certificate bound to two hashes. Field names are public (docs/verification.md)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from kernelagent.contract.problem import DataFile, ImportedFile, InstalledPackage, Mode, Origin

Precision = Literal["fp32", "tf32x3", "tf32", "fp16", "bf16", "exact", "unknown"]


@dataclass(frozen=True)
class Check:
    """One check of the judge, passed or not."""

    name: str
    passed: bool
    detail: str
    """What was expected and what came; where, at which input and index; the likely cause."""
    line: int | None = None
    """Line in the kernel file (1-based)."""
    skipped: bool = False
    """It was not run; ``detail`` says why, and ``passed`` counts for nothing."""
    notes: tuple[str, ...] = ()
    """More on a failure: what came where, what is likely the cause, where else it happens."""

    @property
    def family(self) -> str:
        """``values`` of ``values: another seed``: what the documentation has a heading for."""
        return self.name.partition(":")[0]


@dataclass(frozen=True)
class CompiledKernel:
    kernel: str
    arch: str
    """``sm_90``, ``gfx942``"""
    registers: int | None
    spills: int | None
    """Bytes of local memory that registers were spilled to."""
    shared_bytes: int | None


@dataclass(frozen=True)
class Case:
    """One set of inputs that the kernel was run on."""

    name: str
    """``example``, ``seed 1``, ``batch 3``, ``transposed`` ..."""
    sizes: dict[str, int]
    seed: int
    passed: bool
    max_abs_err: float | None = None
    eager_max_abs_err: float | None = None


@dataclass(frozen=True)
class Judged:
    """Which problem a verdict speaks of: what the bytes of its files leave open."""

    class_name: str
    mode: Mode
    init: str
    """What the class was constructed with, as Python."""
    inputs: str
    """The example inputs, as Python."""
    origin: Origin
    """Where the example inputs come from."""
    given: tuple[Literal["inputs", "init", "mode"], ...] = ()
    """Those of ``inputs``, ``init`` and ``mode`` that an option named: no file says them."""
    tensors: tuple[str, ...] = ()
    """The tensors among the example inputs: ``x: float32[s0, 64]``."""
    free_sizes: tuple[str, ...] = ()

    @property
    def named(self) -> dict[str, str]:
        """What options said, by their names."""
        return {name: getattr(self, name) for name in self.given}


@dataclass(frozen=True)
class ComputedByPytorch:
    """A subgraph that the file leaves to PyTorch's own operators and declares (docs/verification.md)."""

    subgraph: str
    operators: tuple[str, ...]
    pytorch_ms: float
    triton_ms: float
    """These two and the device are the file's own word: the judge has not measured them."""
    device: str


@dataclass(frozen=True)
class Verification:
    verdict: Literal["pass", "fail"]
    summary: str
    """One honest sentence: ``Verified in the interpreter, compiled for sm_90, not run on a GPU.``"""
    mode: Literal["interpreter", "gpu"]
    device: str
    dtype: str
    rtol: float
    atol: float
    max_abs_err: float | None
    max_rel_err: float | None
    eager_max_abs_err: float | None
    precision: Precision
    degenerate: bool
    cases: tuple[Case, ...]
    shapes: dict[str, tuple[str, ...]]
    """For each input the shapes that it was given, as ``"3x64 float32"``."""
    sandbox: tuple[str, ...]
    """Layers in force: ``user namespace``, ``no network``, ``rlimits`` ..."""
    source_sha256: str
    kernel_sha256: str
    versions: dict[str, str]
    checks: tuple[Check, ...]
    compiled: tuple[CompiledKernel, ...]
    not_checked: tuple[str, ...] = field(default=())
    """What this verdict says nothing about, in words."""
    imports: tuple[ImportedFile, ...] = ()
    """Files of the project that the module's file imports; the verdict is bound to these too."""
    data: tuple[DataFile, ...] = ()
    """Other files that the module read, to which it is bound as well."""
    packages: tuple[InstalledPackage, ...] = ()
    """What it imports of what is installed; named by their versions."""
    judged: Judged | None = None
    """``None`` in what an earlier release wrote."""
    seconds: dict[str, float] = field(default_factory=dict)
    """How long each of the judge's processes took (``reference``, ``candidate`` ...; they overlap), and ``total``."""
    target: str = ""
    """``file.py::Class``, and ``kernel`` the file that was judged: relative to where the command ran, if below it."""
    kernel: str = ""
    partial: bool = False
    """Only the cases that were asked for were tried: no certificate."""
    compute: Literal["triton", "best"] = "triton"
    """``best``: declared operators of PyTorch were allowed."""
    computed_by_pytorch: tuple[ComputedByPytorch, ...] = ()
    judged_with: tuple[str, ...] = ()
    """What was asked for beside the defaults, as ``kernelagent verify`` takes it: ``--arch=sm_80``."""
    where: Literal["", "remote"] = ""
    """``remote``: on a worker of a cluster; ``device``, ``sandbox`` and ``versions`` are those of there."""
    cached: str = ""
    """When it was come to (local time), where an old verdict was given again."""
    digest: str = ""
    """Of all the rest (``driver/certificate.py``)."""

    @property
    def failures(self) -> tuple[Failure, ...]:
        """One for each kind of check that failed: the first of its kind, and the names of the others."""
        kinds: dict[str, list[Check]] = {}
        for check in self.checks:
            if not check.passed and not check.skipped:
                kinds.setdefault(check.family, []).append(check)
        return tuple(Failure(first, tuple(check.name for check in rest)) for first, *rest in kinds.values())


@dataclass(frozen=True)
class Failure:
    """What to show of a check that failed, however often it did."""

    check: Check
    others: tuple[str, ...]
    """Names of further checks of the same kind that failed: other cases, other architectures."""

    @property
    def notes(self) -> tuple[str, ...]:
        """Those of the first, and where else it fails."""
        if not self.others:
            return self.check.notes
        cases = [name.partition(": ")[2] or name for name in self.others]
        more = f" and {len(cases) - 5} more" if len(cases) > 5 else ""
        return (*self.check.notes, f"also: {', '.join(cases[:5])}{more}")
