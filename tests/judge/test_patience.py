"""What gets nowhere is ended by the processor time that it takes, and told; what is slow is not."""

from __future__ import annotations

import io
import resource
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from kernelagent.contract.codec import to_json
from kernelagent.contract.problem import Problem
from kernelagent.driver import isolation
from kernelagent.driver.candidate import Candidate
from kernelagent.driver.checks import values
from kernelagent.driver.evidence import Evidence, Execution, Failure
from kernelagent.driver.evidence import Run as Call
from kernelagent.driver.verdict import _SLOW, _together
from kernelagent.driver.workers import WorkerPool
from kernelagent.worker.judge.patience import Patience, TooSlow

Run = Callable[..., Execution]

KERNEL = """\
import torch
import triton
import triton.language as tl


@triton.jit
def work(x_ptr, out_ptr, n, turns, BLOCK: tl.constexpr):
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    x = tl.load(x_ptr + i, mask=i < n)
    for turn in range(turns):
        x = x + 0.0
    tl.store(out_ptr + i, x, mask=i < n)


def kernel_function(x, weight, bias):
    {before}
    out = torch.empty_like(x)
    {launch}
    return out
"""
LAUNCH = "work[(triton.cdiv(x.numel(), {block}),)](x, out, x.numel(), {turns}, BLOCK={block})"


@pytest.fixture
def run(pool: WorkerPool, capture: Callable[[str], Problem], tmp_path: Path) -> Run:
    """The candidate's process alone, on the example."""

    def go(text: str, patience_s: float, idle_s: float = 20.0) -> Execution:
        kernel = tmp_path / "kernel.py"
        kernel.write_text(text, encoding="utf-8")
        folders = {name: tmp_path / name for name in ("inputs", "expected", "scratch")}
        for folder in folders.values():
            folder.mkdir()
        problem = capture("scaled_softmax::ScaledSoftmax")
        reference: dict[str, Any] = {"problem": to_json(problem), "profile": "quick", "only": []}
        reference |= {"inputs_dir": str(folders["inputs"]), "expected_dir": str(folders["expected"])}
        pool.call("reference", reference)
        into = Execution()
        shut_in = isolation.choose("auto", pool.interpreter)
        candidate = Candidate(
            kernel,
            folders["inputs"],
            (str(folders["expected"]),),
            folders["scratch"],
            shut_in,
            arch="sm_90",
            limit_s=120.0,
            longest_s=120.0,
            patience_s=patience_s,
            idle_s=idle_s,
        )
        candidate.run(pool.call, into, gpu=False, on_run=lambda calls: None)
        return into

    return go


def text(before: str = "pass", block: int = 1024, turns: int = 1) -> str:
    return KERNEL.replace("{before}", before).replace("{launch}", LAUNCH.format(block=block, turns=turns))


def told(done: Execution) -> str:
    (only,) = done.runs
    assert only.error is not None
    return f"{only.error.message} (line {only.error.line})"


def test_a_wrapper_that_loops(run: Run) -> None:
    message = told(run(text("while True: pass"), 1.0))
    assert "in kernel_function: no program of a kernel ended in 1 s of processor time (line 16)" in message


def test_a_program_that_does_not_end(run: Run) -> None:
    assert "in work: no program of a kernel ended in 1 s" in told(run(text(turns=1 << 40), 1.0))


def test_a_file_that_loops_while_it_is_imported(run: Run) -> None:
    done = run(text() + "\n\nwhile True:\n    pass\n", 1.0)
    assert done.report is not None and done.report.error is not None
    assert "no program of a kernel ended in 1 s" in done.report.error.message


def test_many_programs_may_take_longer_than_one(run: Run) -> None:
    done = run(text(block=1, turns=20), 0.5)
    assert done.runs[0].error is None
    assert done.runs[0].programs == 16 * 96


def test_one_that_catches_it_and_goes_on_is_ended(run: Run) -> None:
    loop = "while True:\n        try:\n            while True: len(str(x.ndim))\n        except BaseException: pass"
    done = run(text(loop), 0.5)
    assert done.report is None
    assert "it caught what told it to stop" in done.death


@pytest.mark.parametrize(
    ("before", "line"),
    [
        ("import time; time.sleep(1000)", 16),
        ("import threading; lock = threading.Lock(); lock.acquire(); lock.acquire()", 16),
        ("import signal; signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGABRT}); signal.pause()", None),
    ],
)
def test_one_that_waits_for_what_never_comes_is_ended(run: Run, before: str, line: int | None) -> None:
    done = run(text(before), 100.0, 1.0)
    assert done.report is None
    assert "it waited, and none of its threads was computing" in done.death
    assert line is None or done.death.endswith(f" at line {line}")


def test_a_short_sleep_is_no_wait_without_end(run: Run) -> None:
    done = run(text("import time; time.sleep(1.0)"), 100.0, 6.0)
    assert done.runs[0].error is None


def test_computing_is_not_waiting(run: Run) -> None:
    busy = "import time; end = time.process_time() + 3\n    while time.process_time() < end: len(str(x.ndim))"
    done = run(text(busy), 100.0, 1.0)
    assert done.runs[0].error is None, done.runs[0].error


def test_no_case_but_the_essential_ones_takes_all_that_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    spent = 5.0
    monkeypatch.setattr(time, "process_time", lambda: spent)
    monkeypatch.setattr(resource, "getrlimit", lambda which: (spent + 100.0, spent + 100.0))
    patience = Patience(Path("kernel.py"), 5.0, io.StringIO())
    patience._installed = True  # without the timer, which would be this process's
    plain: dict[str, Any] = {"essential": False, "most_seconds": 0.0, "sizes": {}}
    assert patience.worth({"essential": True, "most_seconds": 0.0}) == 0.0
    assert 10.0 < patience.worth(plain) <= 0.2 * (spent + 100.0)
    assert patience.worth(plain | {"most_seconds": 8.0}) == 8.0
    patience._worth_left = 2.0
    assert patience.worth(plain | {"most_seconds": 8.0}) == 2.0
    assert patience.worth(plain | {"most_seconds": 24.0}) > 8.0  # just past a number of the module's
    monkeypatch.setattr(time, "process_time", lambda: spent + 99.0)
    assert 0.0 < patience.worth(plain) < 1.0


def test_what_was_too_slow_is_not_tried_at_larger_sizes() -> None:
    patience = Patience(Path("kernel.py"), 5.0, io.StringIO())
    patience._installed, patience._most = True, 1000.0
    case: dict[str, Any] = {"essential": False, "most_seconds": 8.0, "sizes": {"s0": 5, "s1": 600}}
    slow = RuntimeError("as the interpreter wraps it")
    slow.__cause__ = TooSlow("it takes too long")
    assert not patience.has_ended(case, ValueError("its own"))
    assert patience.worth(case) == 8.0
    assert patience.has_ended(case, slow)
    for sizes, is_tried in (({"s0": 5, "s1": 600}, False), ({"s0": 4, "s1": 900}, True), ({"s0": 9, "s1": 700}, False)):
        if is_tried:
            assert patience.worth(case | {"sizes": sizes}) == 8.0
        else:
            with pytest.raises(TooSlow):
                patience.worth(case | {"sizes": sizes})
    assert patience.worth(case | {"essential": True, "most_seconds": 0.0}) == 0.0


def test_what_there_was_no_time_for_is_said_unless_it_is_essential() -> None:
    cases = [{"name": "example", "essential": True}, {"name": "large values", "essential": False}]
    evidence = Evidence(static={"error": None}, kernel_name="kernel.py", reference={"cases": cases})
    slow, nothing = Failure("it takes too long", slow=True), ((), {}, {}, (), (), (), (), (), (), ())
    evidence.runs += [Call(number, "function", slow, 0, *nothing) for number in (0, 1)]
    assert [run.case for run in evidence.refusals] == [1]


SIZES = [f"s0={n}, s1=5: past {n // 48} blocks of 48" for n in (97, 145, 193)]


@pytest.mark.parametrize(
    ("names", "told"),
    [
        (
            SIZES,
            "3 cases at larger sizes were not compared, {}: past 2 blocks of 48; past 3 blocks of 48; past 4 blocks of",
        ),
        (
            ["s0=2: the kernel's 64", "s0=64: the kernel's 64", "NaN"],
            "3 cases were not compared, {}: the kernel's 64 (2x); NaN",
        ),
        (
            [f"s0={n}, s1={n + 1}, s2={n + 2}" for n in range(40)],
            "40 cases at larger sizes were not compared, {}: s0=0, s1=1, s2=2",
        ),
    ],
)
def test_slow_cases_are_told_in_one_line(names: list[str], told: str) -> None:
    cases = [{"name": name, "essential": False} for name in names]
    evidence = Evidence(static={"error": None}, kernel_name="kernel.py", reference={"cases": cases})
    slow, nothing = Failure("it takes too long", slow=True), ((), {}, {}, (), (), (), (), (), (), ())
    evidence.runs += [Call(number, "function", slow, 0, *nothing) for number in range(len(names))]
    (line,) = values.check(evidence)
    assert line.skipped and line.detail.startswith(told.format("which take too long"))
    (sentence,) = [told for told in _together((name, _SLOW) for name in names)]
    assert sentence.startswith(told.format("which take too long in the interpreter")) and sentence.endswith(".")
    assert len(sentence) < 320
    one = Evidence(static={"error": None}, kernel_name="kernel.py", reference={"cases": cases}, runs=evidence.runs[:1])
    assert [check.name for check in values.check(one)] == [f"values: {names[0]}"]


def test_cases_that_were_not_tried_for_one_reason_are_told_in_one_line() -> None:
    skipped = [{"name": name, "reason": "the interpreter would take too long"} for name in SIZES]
    evidence = Evidence(static={"error": None}, kernel_name="kernel.py", reference={"cases": [], "skipped": skipped})
    (line,) = values.check(evidence)
    assert line.detail.startswith("3 cases were not tried: the interpreter would take too long: past 2 blocks of 48; ")
