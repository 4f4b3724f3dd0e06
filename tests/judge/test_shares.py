"""Inputs that are shares of a whole: how they are known, and how shares are moved."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from kernelagent.worker.judge.no_case import NoCase
from kernelagent.worker.judge.shares import KINDS_OF_MOVES, Whole, wholes, with_shares_moved
from kernelagent.worker.problem import Specimen

Draw = Callable[[], torch.Tensor]


def of(*tensors: torch.Tensor) -> Specimen:
    return Specimen(tensors, {}, ("tokens", "given", "other")[: len(tensors)])


def found_in(draw: Draw, *otherwise: str) -> list[Whole]:
    draws = []
    for seed in range(4):
        torch.manual_seed(seed)
        draws.append(of(torch.randn(60, 8), draw()))
    return [*wholes(draws, otherwise)]


def counts() -> torch.Tensor:
    throws = torch.randint(0, 6, (4, 20))
    return torch.stack([torch.bincount(row, minlength=6) for row in throws])


LENGTHS = torch.tensor([17, 9, 30, 4])
DRAWN: dict[str, tuple[Draw, list[Whole]]] = {
    "probabilities": (lambda: torch.randn(5, 12).softmax(-1), [Whole("given", -1)]),
    "of half precision": (lambda: torch.randn(5, 12).softmax(-1).half(), [Whole("given", -1)]),
    "along another dimension": (lambda: torch.randn(5, 12, 3).softmax(1), [Whole("given", -2)]),
    "of a whole": (lambda: torch.randn(30).softmax(0).reshape(5, 6), [Whole("given", None)]),
    "percentages": (lambda: 100 * torch.randn(5, 12).softmax(-1), [Whole("given", -1)]),
    "one row that never differs": (lambda: torch.tensor([0.25, 0.5, 0.25]), [Whole("given", -1)]),
    "lengths": (lambda: LENGTHS, [Whole("given", -1, (("tokens", 0),))]),
    "counts": (counts, [Whole("given", -1)]),
    "one row of another sum that never differs": (lambda: torch.tensor([0.3, 0.5, 0.3]), []),
    "lengths of nothing": (lambda: LENGTHS + 1, []),
    "some of them negative": (lambda: torch.tensor([70, -10]), []),
    "any floats": (lambda: torch.rand(5, 12), []),
    "any integers": (lambda: torch.randint(0, 60, (12,)), []),
    "halves of a bfloat16": (lambda: torch.rand(5, 12).bfloat16(), []),
    "ones": (lambda: torch.ones(5, 12), []),
    "a single place": (lambda: torch.tensor([60]), []),
    "NaN": (lambda: torch.full((5, 12), float("nan")), []),
    "a mask": (lambda: torch.ones(12, dtype=torch.bool), []),
    "complex": (lambda: torch.ones(12, dtype=torch.complex64), []),
    "sparse": (lambda: torch.eye(12).to_sparse(), []),
    "a number": (lambda: torch.tensor(1.0), []),
}


@pytest.mark.parametrize("name", DRAWN)
def test_shares_are_known_by_their_sums_in_all_draws(name: str) -> None:
    draw, expected = DRAWN[name]
    assert found_in(draw) == expected


def test_what_promises_something_else_is_left() -> None:
    assert found_in(lambda: LENGTHS, "given") == []


def moved(tensor: torch.Tensor, turn: int, tokens: int = 60, along: int | None = -1) -> torch.Tensor:
    ends_at = () if tensor.is_floating_point() else (("tokens", 0),)
    given = of(torch.randn(tokens, 8), tensor)
    found: torch.Tensor = with_shares_moved(given, [Whole("given", along, ends_at)], turn, 1).args[1]
    return found


@pytest.mark.parametrize("turn", range(KINDS_OF_MOVES))
def test_sums_stay_and_some_are_zero(turn: int) -> None:
    lengths = moved(LENGTHS, turn)
    assert int(lengths.sum()) == 60
    assert bool((lengths == 0).any())
    rows = torch.randn(12, 7).softmax(-1)
    assert torch.allclose(moved(rows, turn).sum(-1), torch.ones(12), atol=1e-6)
    assert bool((moved(rows, turn) == 0).any(-1).all())


def test_the_kinds_of_moves_take_turns() -> None:
    rows = torch.randn(12, 7).softmax(-1)
    zeros = (moved(rows, 0) == 0).sum(-1).tolist()
    assert zeros == [1, 6, 3, 1, 1, 6] * 2
    firsts = moved(LENGTHS, 3).tolist(), moved(LENGTHS, 4).tolist(), moved(LENGTHS, 5).tolist()
    assert firsts == ([21, 9, 30, 0], [0, 9, 30, 21], [0, 0, 0, 60])


@pytest.mark.parametrize("tokens", [1, 6, 61, 200])
def test_lengths_add_up_to_the_size_as_it_is(tokens: int) -> None:
    assert [int(moved(LENGTHS, turn, tokens).sum()) for turn in range(KINDS_OF_MOVES)] == [tokens] * KINDS_OF_MOVES


@pytest.mark.parametrize(("along", "dim"), [(-2, (1,)), (None, (0, 1, 2))])
def test_shares_move_along_any_dimension(along: int | None, dim: tuple[int, ...]) -> None:
    given = torch.rand(3, 5, 4)
    given /= given.sum(dim, keepdim=True)
    found = moved(given, 0, along=along)
    assert found.shape == given.shape
    assert torch.allclose(found.sum(dim), given.sum(dim))
    assert int((found == 0).sum()) > 0


def test_of_several_inputs_one_alone_is_changed_in_every_other_turn() -> None:
    p, q = (torch.randn(5, 12).softmax(-1) for _ in range(2))
    both = [Whole("tokens", -1), Whole("given", -1)]

    def changed(turn: int) -> list[bool]:
        args = with_shares_moved(of(p, q), both, turn, 1).args
        return [found is not given for found, given in zip(args, (p, q), strict=True)]

    assert [changed(turn) for turn in range(4)] == [[True, True], [True, False], [True, True], [False, True]]


def test_there_is_no_case_where_nothing_is_shares_or_each_is_a_whole() -> None:
    with pytest.raises(NoCase):
        with_shares_moved(of(torch.randn(3)), [], 1, 1)
    with pytest.raises(NoCase):
        with_shares_moved(of(torch.ones(3, 1)), [Whole("tokens", -1)], 0, 1)
