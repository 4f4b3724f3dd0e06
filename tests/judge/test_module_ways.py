"""Modules that decide by their tensors: which way no case goes, and inputs that go it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from kernelagent.contract.codec import to_json
from kernelagent.contract.problem import ExampleInputs, Problem
from kernelagent.contract.verdict import Verification
from kernelagent.worker.problem.observed import observed
from kernelagent.worker.tasks import reference

KERNEL = Path(__file__).resolve().parents[1] / "adversarial" / "forgets_a_branch.py"
Judge = Callable[..., Verification]
HEAD = "import torch\nfrom torch import nn\n\n\nclass Model(nn.Module):\n    def forward(self, x, scale=None):\n"
TAIL = "\n\ndef get_inputs():\n    return [torch.randn(8, 16)]\n\n\ndef get_init_inputs():\n    return []\n"


def judged(body: str, folder: Path) -> dict[str, Any]:
    """What the reference says of a module with that ``forward``."""
    digest = hashlib.sha256(body.encode()).hexdigest()
    file = folder / f"m{digest[:12]}.py"
    file.write_text(HEAD + "".join(f"        {line}\n" for line in body.splitlines()) + TAIL, encoding="utf-8")
    example = ExampleInputs("option", "()", "(torch.randn(8, 16),)")
    problem = Problem(str(file), "Model", 5, digest, example, not_exported="it decides by values")
    for name in ("inputs", "expected"):
        (folder / name).mkdir(exist_ok=True)
    args = {
        "problem": to_json(observed(problem)),
        "profile": "full",
        "inputs_dir": str(folder / "inputs"),
        "expected_dir": str(folder / "expected"),
    }
    found: dict[str, Any] = reference.run(args, lambda event: None)
    return found


@pytest.mark.parametrize(
    "body",
    [
        "if 1.7 < x.mean().item() < 2.9:\n    return torch.tanh(x)\nreturn torch.relu(x)",
        "return torch.tanh(x) if -7.9 < x.mean() < -7.1 else torch.relu(x)",
        "if not (x.amin() > -7.5 and x.amax() < -6.5):\n    x = torch.relu(x)\nreturn x + 1",
        "mean = float(x.mean())\nlow, high = mean > 41.0, mean < 43.0\nif low and high:\n    x = x * 2\nreturn x + 1",
    ],
    ids=["a branch", "an expression", "no else", "by way of names"],
)
def test_inputs_go_where_none_went(body: str, tmp_path: Path) -> None:
    found = judged(body, tmp_path)
    assert any(case["name"].startswith("values around") for case in found["cases"])
    assert not [note for note in found["notes"] if "Ways of the module" in note]


@pytest.mark.parametrize(
    ("test", "case"),
    [
        ("((x >= 0) & (x <= 1)).all()", "values around 0.5"),
        ("bool(((x == 0) | (x == 1)).all())", "zeros and ones"),
        ("torch.equal(x, x.flip(1))", "mirrored values"),
        ("bool((x[:, 1:] >= x[:, :-1]).all())", "rising values"),
        ("torch.linalg.cholesky_ex(x[:4, :4]).info.item() == 0 and x.numel() > 0", "unit matrices"),
    ],
)
def test_no_elements_are_no_case_that_goes_a_way(test: str, case: str, tmp_path: Path) -> None:
    found = judged(f"if {test}:\n    return x + 5.0\nreturn x * 2.0", tmp_path)
    assert case in [entry["name"] for entry in found["cases"]]
    assert not [note for note in found["notes"] if "Ways of the module" in note]


def test_a_way_that_only_an_empty_case_goes_is_said(tmp_path: Path) -> None:
    found = judged("if (x.sum(-1) == 12345.678).all():\n    return torch.tanh(x)\nreturn torch.relu(x)", tmp_path)
    assert any(case["name"].endswith("empty") for case in found["cases"])
    (note,) = [note for note in found["notes"] if "Ways of the module" in note]
    assert note.endswith("line 7: `x.sum(-1) == 12345.678` was true in no case")


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (
            "return [x * 2.0, x * 3.0][int(x.sum() == 12345.678)]",
            "`[x * 2.0, x * 3.0][int(x.sum() == 12345.678)]` took `x * 3.0` in no case",
        ),
        (
            "ways = (x * 2.0, x * 3.0)\nreturn ways[1 if x.sum() == 12345.678 else 0]",
            "`ways[1 if x.sum() == 12345.678 else 0]` took `x * 3.0` in no case",
        ),
        (
            "n = int((x == 12345.678).sum())\nreturn {0: x, 1: x}.get(n, x * 3.0)",
            "`{0: x, 1: x}.get(n, x * 3.0)` took `x` in no case",
        ),
        (
            "n = int((x == 12345.678).sum())\nreturn {0: x}.get(n, x * 3.0)",
            "`{0: x}.get(n, x * 3.0)` took `x * 3.0` in no case",
        ),
        (
            "try:\n    return x.reshape(3, 5, 7)\nexcept Exception:\n    return x * 2.0",
            "line 7: `try` went to its end in no case",
        ),
        (
            "try:\n    return x.view(x.shape)\nexcept (ValueError, RuntimeError):\n    return x * 2.0",
            "line 9: `except (ValueError, RuntimeError)` was entered in no case",
        ),
        ("try:\n    return x * 3.0\nexcept ValueError:\n    raise RuntimeError", ""),
        ("return [x, x * 3.0][x.shape[1] % 2] + [x, x][1] + {True: x, False: -x}[self.training]", ""),
        ("return sum([x, x * 3.0][n] for n in range(2))", ""),
    ],
)
def test_ways_by_items_and_handlers_that_no_case_took(body: str, told: str, tmp_path: Path) -> None:
    notes = [note for note in judged(body, tmp_path)["notes"] if "Ways of the module" in note]
    assert [told in note for note in notes] == [True] * bool(told)


def test_what_no_case_takes_is_said(tmp_path: Path) -> None:
    found = judged("if x.sum().item() == 12345.678:\n    return torch.tanh(x)\nreturn torch.relu(x)", tmp_path)
    (note,) = [note for note in found["notes"] if "Ways of the module" in note]
    assert ", line 7: `x.sum().item() == 12345.678` was true in no case" in note


def test_guards_and_configuration_are_no_decisions(tmp_path: Path) -> None:
    body = (
        "if x.dim() < 1:\n    raise ValueError('no scalar')\n"
        "if scale is not None:\n    x = x * scale\n"
        "if self.training and isinstance(x, torch.Tensor):\n    x = x + 1\n"
        "return torch.relu(x)"
    )
    found = judged(body, tmp_path)
    assert not [note for note in found["notes"] if "Ways of the module" in note]
    assert not [case for case in found["cases"] if case["name"].startswith("values around")]


def test_inputs_are_found_that_take_the_other_way(judge: Judge) -> None:
    verification = judge(KERNEL, "deciding::Narrow", arch=())
    assert verification.verdict == "fail"
    assert [case.name for case in verification.cases if not case.passed] == ["values around 2.3"]
    assert not any("Ways of the module" in sentence for sentence in verification.not_checked)


def test_a_way_for_which_none_are_found_is_named(judge: Judge) -> None:
    verification = judge(KERNEL, "deciding::Rare", arch=())
    assert verification.verdict == "pass"
    (told,) = [sentence for sentence in verification.not_checked if "Ways of the module itself" in sentence]
    assert "deciding.py, line 18" in told and "was true in no case" in told


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (
            "at = x.sum(-1, keepdim=True) == 12345.678\nreturn torch.where(at, x, -x)",
            "`x.sum(-1, keepdim=True) == 12345.678` was true",
        ),
        ("return torch.where(12345.678 < x.sigmoid(), x, -x)", "`12345.678 < x.sigmoid()` was true"),
        ("at = x.sum(-1, keepdim=True).eq(12345.678)\nreturn torch.where(at, x, -x)", "a comparison in `at = x.sum"),
        ("return torch.where(torch.ones_like(x) > 0, x, -x)", "`torch.ones_like(x) > 0` was false"),
        (
            "odd = torch.signbit(x.square()) ^ torch.signbit(x.abs())\nreturn torch.where(odd, x, -x)",
            "`torch.signbit(x.square()) ^ torch.signbit(x.abs())` was true",
        ),
        (
            "sure = torch.signbit(x.square() + 1)\nreturn torch.where(sure, x, -x)",
            "`sure`, by which `where` chooses, was true",
        ),
        ("never = torch.signbit(x.square() + 1)\nreturn x.masked_fill(never, 1.0)", "`never`, by which `masked_fill`"),
        ("return torch.where(torch.signbit(x), x, -x)", ""),
        ("return torch.where(x > 0, x, -x)", ""),
        ("return torch.nn.functional.softplus(x * 0)", ""),
        ("return torch.dropout(x, 0.0, True)", ""),
        ("return torch.relu(x)", ""),
    ],
)
def test_a_comparison_of_tensors_that_went_one_way_is_said(body: str, told: str, tmp_path: Path) -> None:
    found = judged(body, tmp_path)
    notes = [note for note in found["notes"] if "What of the module itself no case has" in note]
    assert len(notes) == bool(told)
    assert all(told in note and note.endswith("for no element") for note in notes)


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("return x * (6e9 - x.sigmoid().cumsum(-1)).clamp(min=0)", "the lower bound of"),
        ("return x.sigmoid().clamp(-3, 1000)", "the lower bound of"),
        ("return x.tanh().clamp_(max=100)", "the upper bound of"),
        ("return torch.minimum(x.sigmoid(), torch.full_like(x, 7))", "the second of"),
        ("return x.clamp(-1, 1)", ""),
        ("return torch.maximum(x, -x)", ""),
        ("return torch.nn.functional.normalize(x, dim=-1)", ""),
    ],
)
def test_a_bound_that_held_nothing_back_is_said(body: str, told: str, tmp_path: Path) -> None:
    notes = [n for n in judged(body, tmp_path)["notes"] if "What of the module itself no case has" in n]
    assert len(notes) == bool(told)
    assert all(told in note and note.endswith("held back no element") for note in notes)


def test_a_sampler_that_rounds_places_is_said(tmp_path: Path) -> None:
    body = (
        "at = torch.tanh(x.reshape(1, 8, 8, 2))\n"
        "return torch.nn.functional.grid_sample(x.reshape(1, 1, 8, 16), at, mode={!r}, align_corners=False)"
    )
    (note,) = [n for n in judged(body.format("nearest"), tmp_path)["notes"] if "What of the module itself" in n]
    assert note.endswith("halfway between two elements")
    assert not [n for n in judged(body.format("bilinear"), tmp_path)["notes"] if "What of the module itself" in n]


def test_what_only_a_case_has_that_was_left_out_counts_for_none(tmp_path: Path) -> None:
    body = "at = x.abs() > 1e30\nif bool(at.any()):\n    raise ValueError('too large')\nreturn torch.where(at, x, -x)"
    (note,) = [n for n in judged(body, tmp_path)["notes"] if "What of the module itself no case has" in n]
    assert "`x.abs() > 1e30` was true for no element" in note
