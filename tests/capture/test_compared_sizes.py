"""Comparisons of sizes that the example decided one way: kept, refused by the kernel, tried by the judge."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from kernelagent.contract.problem import ExampleInputs, Problem, SizeComparison
from kernelagent.worker.capture.export import capture
from kernelagent.worker.judge import cases
from kernelagent.worker.problem.compared_sizes import that_change_operators
from kernelagent.worker.synth.lowering import WHOLE

Captured = Callable[..., Problem]


@pytest.fixture
def captured(tmp_path: Path, request: pytest.FixtureRequest) -> Captured:
    def run(body: str, inputs: str = "(torch.randn(4, 24),)", takes: str = "x") -> Problem:
        name = f"model_{abs(hash(request.node.name)) % 10**8}"
        file = tmp_path / f"{name}.py"
        file.write_text(
            "import torch\nimport torch.nn as nn\n\n\nclass Model(nn.Module):\n"
            f"    def forward(self, {takes}):\n" + "".join(f"        {line}\n" for line in body.split("\n"))
        )
        sys.modules.pop(f"_fused_{name}", None)
        problem, _ = capture(Problem(str(file), "Model", 0, "", ExampleInputs("option", "()", inputs)), WHOLE)
        return problem

    return run


@pytest.mark.parametrize(
    ("condition", "holds", "fails_at"),
    [
        ("x.shape[0] == 64", "s0 != 64", {"s0": 64}),
        ("x.shape[0] == 7777", "s0 != 7777", {"s0": 7777}),
        ("x.shape[0] % 64 == 0", "s0 % 64 != 0", {"s0": 64}),
        ("x.shape[0] // 3 == 5", "s0 // 3 != 5", {"s0": 15}),
        ("x.shape[0] == x.shape[1]", "s0 != s1", {"s0": 7, "s1": 7}),
    ],
)
def test_a_branch_on_a_size_is_kept(captured: Captured, condition: str, holds: str, fails_at: dict[str, int]) -> None:
    problem = captured(f"if {condition}:\n    x = x * 0.5\nreturn torch.relu(x)")
    (found,) = that_change_operators(problem)
    assert (found.holds, found.fails_at) == (holds, fails_at)


@pytest.mark.parametrize(
    ("body", "holds", "fails_at"),
    [
        ("return torch.stack([x, x], 1).flatten()[:7] * 2", "2*s0*s1 >= 7", {"s0": 1, "s1": 1}),
        ("return x.flatten()[-4:].sum()", "s0*s1 >= 4", {"s0": 1, "s1": 1}),
        ("return torch.cat([x, x])[:, None].flatten()[3:].cos()", "2*s0*s1 >= 3", {"s0": 1, "s1": 1}),
    ],
)
def test_a_slice_that_ends_within_dimensions_together_is_kept(
    captured: Captured, body: str, holds: str, fails_at: dict[str, int]
) -> None:
    (found,) = that_change_operators(captured(body))
    assert (found.holds, found.fails_at, found.of_shapes) == (holds, fails_at, True)


def test_sizes_that_are_equal_from_two_on_are_kept(captured: Captured) -> None:
    (found,) = that_change_operators(captured("return torch.atan2(x, x.diagonal())", "(torch.randn(3, 2),)"))
    assert (found.holds, found.fails_at, found.of_shapes) == ("min(2, s0) == 2", {"s0": 1}, True)


@pytest.mark.parametrize("body", ["return x[:2] + 1", "return x[-2:] + 1", "return x[:, 1].reshape(-1)[:2].exp()"])
def test_a_slice_that_ends_within_a_dimension_is_its_minimum(captured: Captured, body: str) -> None:
    problem = captured(body)
    assert [f.minimum for f in problem.free_sizes] == [2, 1]
    assert not problem.comparisons


def test_a_branch_that_calls_the_same_with_another_number_is_kept(captured: Captured) -> None:
    problem = captured("return x * (0.5 if x.shape[0] == 64 else 0.25)")
    assert [c.holds for c in that_change_operators(problem)] == ["s0 != 64"]


def test_pytorchs_own_questions_change_nothing(captured: Captured) -> None:
    problem = captured("return x[:, -3:].reshape(-1) * (1 / x.shape[1])")
    assert problem.comparisons, "PyTorch asked whether the slice is the whole row"
    assert that_change_operators(problem) == ()


def test_what_the_module_does_not_take_needs_no_refusal(captured: Captured) -> None:
    problem = captured("if x.shape[0] == 64:\n    raise ValueError('no')\nreturn torch.relu(x)")
    assert that_change_operators(problem) == ()


def test_the_judge_tries_the_other_side_and_a_kernel_may_refuse_it(captured: Captured) -> None:
    problem = captured("if x.shape[0] == 64:\n    x = x * 0.5\nreturn torch.relu(x)")
    planned = {case.name: case for case in cases.plan(problem, "full")}
    name = next(name for name in planned if "s0 == 64" in name)
    assert planned[name].sizes["s0"] == 64 and planned[name].may_refuse


def test_sizes_past_the_ends_of_a_trace_are_tried(captured: Captured) -> None:
    problem = captured("if x.shape[0] > 256:\n    x = x * 0.5\nreturn torch.relu(x)")
    assert problem.free_sizes[0].maximum == 256
    tried = [case for case in cases.plan(problem, "full") if case.sizes["s0"] == 257]
    assert tried and all(case.may_refuse and case.only_if_accepted for case in tried)


def test_a_size_out_of_reach_is_named(captured: Captured) -> None:
    problem = captured("if x.shape[0] > 10**6:\n    x = x * 0.5\nreturn torch.relu(x)")
    (named,) = [case for case in cases.plan(problem, "full") if "1000001" in case.name]
    assert named.left_out


def test_no_case_demands_what_a_comparison_excludes(captured: Captured) -> None:
    problem = captured("if x.shape[0] == 5:\n    x = x * 0.5\nreturn torch.relu(x)")
    demanded = [c for c in cases.plan(problem, "full") if not c.may_refuse and c.sizes.get("s0") == 5]
    assert demanded == []


def test_a_comparison_says_both_ways(captured: Captured) -> None:
    problem = captured("if x.shape[0] % 64 == 0:\n    x = x * 0.5\nreturn torch.relu(x)")
    assert problem.comparisons == (SizeComparison("s0 % 64 != 0", "s0 % 64 == 0", {"s0": 64}),)
