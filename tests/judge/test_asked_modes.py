"""What a module asks of how it is called: what the judge varies it varies for both, the rest is named."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from kernelagent.contract.verdict import Verification

ADVERSARIAL = Path(__file__).resolve().parents[1] / "adversarial"
HONEST = ADVERSARIAL / "honest" / "asks_whether_gradients_are_recorded.py"
Judge = Callable[..., Verification]


def test_a_kernel_that_asks_for_gradients_as_the_module_does_passes(judge: Judge) -> None:
    verification = judge(HONEST, "asked_mode::Rounded", arch=())
    assert verification.verdict == "pass", verification.summary
    assert not any("answers otherwise" in told for told in verification.not_checked)


def test_the_mode_is_told_where_the_kernel_is_wrong(judge: Judge) -> None:
    verification = judge(ADVERSARIAL / "never_records_gradients.py", "asked_mode::Rounded", arch=())
    notes = {note for check in verification.checks if not check.passed for note in check.notes}
    told = {note for note in notes if "is_grad_enabled" in note}
    assert told == {"the module asks torch.is_grad_enabled(): both were called with gradients on"}


def test_other_questions_are_named(judge: Judge, tmp_path: Path) -> None:
    kernel = tmp_path / "kernel.py"
    text = HONEST.read_text(encoding="utf-8")
    kernel.write_text(text.replace("not torch.is_grad_enabled()", "False"), encoding="utf-8")
    verification = judge(kernel, "asked_mode::OfTensors", arch=())
    assert verification.verdict == "pass", verification.summary
    (told,) = [told for told in verification.not_checked if "answers otherwise" in told]
    line = next(n for n, text in enumerate(_problem(), 1) if "requires_grad" in text)
    where = f"(line {line} of asked_mode.py)"
    assert told.startswith("Calls in which PyTorch answers otherwise where the module asks for ")
    assert f"is_inference_mode_enabled {where}" in told
    assert f"a tensor's requires_grad {where}" in told


def _problem() -> list[str]:
    return (ADVERSARIAL / "problems" / "asked_mode.py").read_text(encoding="utf-8").splitlines()
