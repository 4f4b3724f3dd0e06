"""What the judge's processes report, as values. The candidate's part comes from a process that is not trusted:
:func:`kernelagent.contract.codec.from_json` checks every field, and what does not fit is no evidence."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Literal

from kernelagent.contract.codec import from_json
from kernelagent.contract.problem import FreeSize
from kernelagent.contract.verdict import ComputedByPytorch
from kernelagent.driver.fixed_sizes import FixedSize

Entry = Literal["module", "function"]


@dataclass(frozen=True)
class Failure:
    message: str
    line: int | None = None
    """In the kernel file (1-based)."""
    slow: bool = False
    """The case was left, because it took longer than it is worth."""


@dataclass(frozen=True)
class Origin:
    """Where one output comes from."""

    origin: Literal["kernel", "pytorch", "masked", "input", "none"]
    """``masked``: a kernel stores there, but this time its masks left all out."""
    unwritten: int
    """Elements that no kernel stored."""
    first_unwritten: tuple[int, ...] | None = None
    lines: tuple[int, ...] = ()
    """Lines of the kernel file that stored to its memory."""


@dataclass(frozen=True)
class Computed:
    """An ATen operator that computes, run by the wrapper."""

    op: str
    line: int | None = None


@dataclass(frozen=True)
class Violation:
    """A load or store that must not be."""

    kernel: str
    what: str
    line: int | None = None


@dataclass(frozen=True)
class Run:
    """One call of one entry."""

    case: int
    entry: Entry
    error: Failure | None
    programs: int
    """Programs of Triton kernels that ran."""
    kernels: tuple[str, ...]
    origins: dict[str, Origin]
    aliases: dict[str, str]
    """Path of an output → path of the input whose memory it shares."""
    mutated: tuple[str, ...]
    """Inputs that were changed."""
    stored_to: tuple[str, ...]
    """Inputs that a kernel stored to, whatever they hold in the end; as far as that is seen."""
    overwrote: tuple[str, ...]
    """Outputs of earlier calls that this one changed."""
    computed: tuple[Computed, ...]
    violations: tuple[Violation, ...]
    damaged: tuple[str, ...]
    """What kinds of memory have damaged guard bands."""
    launches: tuple[dict[str, Any], ...]
    turn: int = 0
    """Which of the autotuner's configurations came first; they are gone through in the cases with the largest sizes."""
    ways: tuple[str, ...] = ()
    """Which way the wrapper's tests went and the kernels' branches, and which loops went round twice."""
    by_pytorch: tuple[str, ...] = ()
    """ATen operators that computed where the file declares it."""
    configurations: dict[str, str] = field(default_factory=dict)
    """Name of each kernel that an autotuner had a choice for → what it chose."""
    other_mode: bool = False
    """A class was called in training mode where it is made in evaluation mode, or the other way round."""


@dataclass(frozen=True)
class Unseen:
    """A way of the kernel's file that no case took."""

    line: int
    what: str
    """What a decision or a loop did in no case."""


@dataclass(frozen=True)
class RoundedSum:
    """A kernel that added up a block of 16-bit numbers in their own type, and lost something by it."""

    kernel: str
    line: int | None


@dataclass(frozen=True)
class Jump:
    """A result that jumps where a kernel's ``/`` is off by as much as a GPU's may be."""

    case: int
    entry: str
    line: int | None
    plain: str
    """An element of the result."""
    moved: str
    """The same then."""


@dataclass(frozen=True)
class OwnSizes:
    """The wrapper at the sizes of the example, which were too large for the interpreter: nothing was run."""

    error: Failure | None
    untold: str
    """Why it could not be called there."""
    launches: tuple[dict[str, Any], ...]


@dataclass(frozen=True)
class Drawn:
    """One set of inputs on which a random kernel was called again and again."""

    error: Failure | None


@dataclass(frozen=True)
class Report:
    """The candidate's process at its end."""

    error: Failure | None
    function: str | None
    module: str | None
    notes: tuple[str, ...] = ()
    no_entry: bool = False
    unseen: tuple[Unseen, ...] = ()
    rounded_sums: tuple[RoundedSum, ...] = ()
    jumps: tuple[Jump, ...] = ()
    own_sizes: OwnSizes | None = None
    draws: tuple[Drawn, ...] = ()
    """For each set of inputs on which results were to be drawn again and again, as far as it came."""


@dataclass(frozen=True)
class Compiled:
    """One launch, compiled for one architecture."""

    kernel: str
    arch: str
    error: str | None
    line: int | None
    registers: int | None
    spills: int | None
    shared_bytes: int | None
    notes: tuple[str, ...] = ()
    products: str | None = None
    """Precision of float32 products: ``ieee``, ``tf32x3``, ``tf32`` ..."""
    accumulator: str | None = None
    """``f16`` or ``bf16`` where a product adds up in it."""
    sums: str | None = None
    """``f16`` or ``bf16`` where a reduction adds up in it."""
    unchecked: bool = False
    """It could not be given to the compiler as it was launched; ``notes`` say why."""
    may_refuse: bool = False
    """Only cases that a kernel may refuse launch it so: not to fit is to refuse."""


@dataclass(frozen=True)
class Sanitized:
    """One tool of compute-sanitizer over the candidate's cases."""

    tool: str
    log: str
    cases: tuple[int, ...]
    """Those that were to be run."""
    begun: tuple[int, ...]
    finished: tuple[int, ...]
    completed: bool
    """The candidate's process came to its end by itself."""
    error: str
    """What the candidate raised."""
    ended: Literal["in time", "too late", "not started"]
    seconds: float
    last_words: str


@dataclass
class Execution:
    """What the candidate's process reported, filled while it runs."""

    report: Report | None = None
    """``None``: the candidate's process died or was ended; ``death`` says how."""
    death: str = ""
    runs: list[Run] = field(default_factory=list)
    sandbox: tuple[str, ...] = ()

    def drop_unknown(self, known: int) -> None:
        """Of ``known`` cases: another number was not given by the judge."""
        if any(run.case >= known for run in self.runs):
            self.runs = [run for run in self.runs if run.case < known]
            self.report, self.death = None, "its process reported a case that there is not"


@dataclass
class Evidence(Execution):
    """Everything, filled while the processes run."""

    static: dict[str, Any] = field(default_factory=dict)
    arch: tuple[str, ...] = ()
    """Architectures that were asked for."""
    compute: Literal["triton", "best"] = "triton"
    """Whether the file may leave declared operators to PyTorch."""
    only: tuple[str, ...] = ()
    """Names of the cases that are tried; empty: all."""
    further: bool = False
    """They come after others, of which everything else is known."""
    kernel_name: str = ""
    """Of the candidate's file, without its folder."""
    free_sizes: tuple[FreeSize, ...] = ()
    """Of the problem."""
    fixed_sizes: tuple[FixedSize, ...] = ()
    """Of its inputs."""
    reference: dict[str, Any] = field(default_factory=dict)
    comparison: dict[str, Any] = field(default_factory=dict)
    compiled: list[Compiled] = field(default_factory=list)
    uncompiled: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Kernel and architecture → launches for which there was no time, of those that differ from compiled ones in
    numbers above 1 alone."""
    unknown_arch: tuple[str, ...] = ()
    compile_error: str = ""
    sanitized: tuple[Sanitized, ...] = ()
    gpu: str = ""
    """Name of the GPU that the candidate ran on; empty: the interpreter."""
    interpreted: Execution | None = None
    """The same cases in the interpreter beside the GPU, which shows no single load or store."""

    crossings_left: int = 0
    """Cases that there was no room for, of kinds of values and strides on ways that have not met them."""

    def begun(self) -> Evidence:
        """As it was before anything ran."""
        names = ("static", "arch", "compute", "kernel_name", "free_sizes", "fixed_sizes", "only", "gpu")
        return Evidence(**{name: getattr(self, name) for name in names})

    @property
    def declared(self) -> tuple[ComputedByPytorch, ...]:
        """What PyTorch computes by the file's own word, where that is allowed."""
        entries = self.static.get("declared", []) if self.compute == "best" else []
        return tuple(from_json(ComputedByPytorch, entry) for entry in entries)

    @property
    def declared_lines(self) -> tuple[tuple[int, int], ...]:
        """Of its calls, first and last."""
        return tuple((first, last) for first, last in self.static["declared_lines"]) if self.declared else ()

    @property
    def watched(self) -> list[Run]:
        """Those whose every load and store was seen."""
        if not self.gpu:
            return self.runs
        return [] if self.interpreted is None else [run for run in self.interpreted.runs if run.error is None]

    @property
    def rounded_sums(self) -> dict[str, int | None]:
        """Kernels that lost something by adding up in 16 bits in the interpreter, with their lines."""
        reports = [self.report, self.interpreted.report if self.interpreted is not None else None]
        return {entry.kernel: entry.line for report in reports if report is not None for entry in report.rounded_sums}

    @property
    def finished(self) -> list[Run]:
        return [run for run in self.runs if run.error is None]

    @property
    def own_sizes(self) -> OwnSizes | None:
        reports = [self.report, self.interpreted.report if self.interpreted is not None else None]
        return next((report.own_sizes for report in reports if report is not None and report.own_sizes), None)

    @property
    def larger_there(self) -> dict[FreeSize, int]:
        """Sizes that are larger in the example than in any case → the largest that was tried."""
        tried = [self.case(run.case)["sizes"] for run in self.telling]
        largest = {f: max((sizes[f.symbol] for sizes in tried), default=0) for f in self.free_sizes}
        return {f: n for f, n in largest.items() if n < f.example}

    @property
    def telling(self) -> list[Run]:
        """Those that had something to compute: an empty input may be answered without a kernel."""
        return [run for run in self.finished if not self.case(run.case).get("empty")]

    @property
    def refusals(self) -> list[Run]:
        """Calls that raised where a kernel may: on no elements at all, on an unaligned tensor; and those for which
        there was no time, but for the essential ones. Said, not blamed."""
        if not self.reference:
            return []
        return [run for run in self.runs if run.error is not None and self._is_let_pass(run.case, run.error.slow)]

    def _is_let_pass(self, number: int, slow: bool) -> bool:
        case = self.case(number)
        return bool(case.get("may_refuse") or (slow and not case.get("essential", True)))

    @property
    def drawn(self) -> list[tuple[int, dict[str, Any], Failure | None]]:
        """Each set of inputs on which results were to be drawn again and again: its number, what it is, and what went
        wrong, if anything."""
        if self.report is None:
            return []
        lost = Failure("was not done")
        errors = [draw.error for draw in self.report.draws]
        wanted = self.reference.get("drawn", [])
        return [(n, draw, errors[n] if n < len(errors) else lost) for n, draw in enumerate(wanted)]

    @property
    def unlaunched(self) -> list[str]:
        """``@triton.jit`` functions of the file that ran in no case, neither launched nor called by one that was."""
        beside = self.interpreted.runs if self.interpreted is not None else []
        ran = {name for run in (*self.runs, *beside) for name in run.kernels}
        ran |= {name for run in (*self.runs, *beside) for launch in run.launches for name in _functions(launch)}
        uses: dict[str, list[str]] = self.static.get("uses", {})
        waiting = list(ran)
        while waiting:
            called = set(uses.get(waiting.pop(), ())) - ran
            ran |= called
            waiting += called
        return [name for name in dict.fromkeys(self.static.get("kernels", ())) if name not in ran]

    def is_empty(self, run: Run) -> bool:
        """Some input has no elements: there may be nothing to launch and nothing to write."""
        return bool(self.case(run.case).get("empty"))

    def is_compiled(self, run: Run) -> bool:
        """Its launches are worth compiling: blocks of no elements are not."""
        return not self.reference or not (self.is_empty(run) or run in self.refusals)

    def has_nan(self, run: Run) -> bool:
        """NaN was planted among the inputs: what a kernel computes an index from may be anything."""
        return self.case(run.case).get("values") in ("nan", "slices of nan")

    def case(self, number: int) -> dict[str, Any]:
        found: dict[str, Any] = self.reference["cases"][number]
        return found

    def name(self, number: int, entry: str, turn: int = 0) -> str:
        """The case, the entry where it is the second one, and the autotuner's configuration where it is not the usual
        one."""
        both = self.report is not None and self.report.module and self.report.function
        other = f", configuration {turn} further on" if turn else ""
        return f"{self.case(number)['name']}{' (kernel_function)' if entry == 'function' and both else ''}{other}"

    def call(self, run: Run) -> str:
        return self.name(run.case, run.entry, run.turn)


def _functions(launch: dict[str, Any]) -> list[str]:
    """Names of the functions that a launch was handed as constants."""
    arguments = launch.get("arguments")
    values = [a.get("value") for a in arguments if isinstance(a, dict)] if isinstance(arguments, list) else []
    return [str(value["function"]) for value in values if isinstance(value, dict) and "function" in value]
