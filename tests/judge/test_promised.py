"""What the judge takes an example's inputs to promise, and how it keeps it at other sizes and values."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from kernelagent.worker.judge.no_case import NoCase
from kernelagent.worker.judge.promised import kept, promises
from kernelagent.worker.problem import Specimen

Draw = Callable[[], torch.Tensor]


def of(tokens: torch.Tensor, given: torch.Tensor) -> Specimen:
    return Specimen((tokens, given), {}, ("tokens", "given"))


def promised(draw: Draw) -> list[str]:
    draws = []
    for seed in range(4):
        torch.manual_seed(seed)
        draws.append(of(torch.randn(60, 8), draw()))
    return [promise.what for promise in promises(draws)]


def offsets() -> torch.Tensor:
    return torch.tensor([0, 7, 19, 19, 60])


def half() -> torch.Tensor:
    return torch.randn(12, 4)


DRAWN: dict[str, tuple[Draw, list[str]]] = {
    "a permutation": (lambda: torch.randperm(60), ["a permutation"]),
    "permutations by row": (lambda: torch.rand(3, 9).argsort(-1), ["a permutation"]),
    "offsets": (offsets, ["rising from 0"]),
    "starts of bags": (lambda: torch.tensor([0, 5, 9, 30]), ["rising from 0"]),
    "ends of groups": (lambda: torch.tensor([7, 19, 19, 60]), ["rising"]),
    "sorted places": (lambda: torch.randint(0, 60, (12,)).sort().values, ["rising"]),
    "places one after the other": (lambda: torch.arange(12), []),
    "places from anywhere": (lambda: torch.arange(3, 15), []),
    "any places": (lambda: torch.randint(0, 600, (12,)), []),
    "the same place": (lambda: torch.zeros(12, dtype=torch.int64), []),
    "two of them": (lambda: torch.tensor([0, 60]), []),
    "angles twice over": (lambda: torch.cat([h := half(), h], -1), ["two equal halves"]),
    "angles in pairs": (lambda: torch.randn(12, 4).repeat_interleave(2, -1), ["equal pairs"]),
    "lengths": (lambda: torch.randint(1, 61, (40,)), ["within a size"]),
    "the longest first": (lambda: torch.tensor([60, 41, 7]), ["within a size"]),
    "labels of a few": (lambda: torch.randint(0, 20, (12,)), []),
    "labels that are left out": (lambda: torch.randint(-1, 60, (40,)).clamp(max=59), []),
    "any angles": (lambda: torch.randn(12, 8), []),
    "ones": (lambda: torch.ones(12, 8), []),
    "integers that PyTorch hardly knows": (lambda: torch.tensor([0, 7, 60]).to(torch.uint16), []),
    "eight bits": (lambda: torch.randn(12, 8).to(torch.float8_e4m3fn), []),
    "complex": (lambda: torch.randn(12, dtype=torch.complex64), []),
    "sparse": (lambda: torch.eye(12).to_sparse(), []),
    "a mask": (lambda: torch.rand(12) > 0.5, []),
}


@pytest.mark.parametrize("name", DRAWN)
def test_what_is_promised(name: str) -> None:
    draw, wanted = DRAWN[name]
    assert promised(draw) == wanted


def test_a_permutation_is_kept_at_another_size() -> None:
    found = promises([of(torch.randn(60, 8), torch.randperm(60))])
    given = torch.randint(0, 5, (33,))
    after = kept(of(torch.randn(33, 8), given), found, 1).args[1]
    assert sorted(after.tolist()) == list(range(33))
    assert not torch.equal(after, torch.arange(33))


def test_offsets_end_at_the_size_that_they_end_at() -> None:
    found = promises([of(torch.randn(60, 8), offsets())])
    after = kept(of(torch.randn(17, 8), torch.randint(-9, 99, (7,))), found, 1).args[1].tolist()
    assert after == sorted(after)
    assert (after[0], after[-1]) == (0, 17)


@pytest.mark.parametrize("size", [7, 600])
def test_lengths_go_with_the_size_that_they_are_within(size: int) -> None:
    found = promises([of(torch.randn(60, 8), torch.tensor([60, 30, 6, 0]))])
    after = kept(of(torch.randn(size, 8), torch.tensor([60, 30, 6, 0])), found, 1).args[1]
    assert after.tolist() == [size, size // 2, size // 10, 0]


def test_draws_of_other_ranks_promise_nothing() -> None:
    assert promises([of(torch.randn(60, 8), offsets()), of(torch.randn(60), offsets())]) == ()


def test_ends_of_groups_end_at_the_size_too() -> None:
    found = promises([of(torch.randn(60, 8), torch.tensor([7, 19, 19, 60]))])
    after = kept(of(torch.randn(17, 8), torch.tensor([7, 19, 19, 60])), found, 1).args[1].tolist()
    assert after == sorted(after) and after[-1] == 17


def test_one_sequence_of_a_pack_is_long() -> None:
    found = promises([of(torch.randn(60, 8), offsets())])
    after = kept(of(torch.randn(1000, 8), offsets()), found, 1).args[1]
    assert int(after.diff().max()) > 700


def test_groups_of_few_stay_few() -> None:
    found = promises([of(torch.randn(60, 8), torch.randint(0, 8, (60,)).sort().values) for _ in range(4)])
    after = kept(of(torch.randn(900, 8), torch.randint(0, 8, (900,))), found, 1).args[1]
    assert int(after.max()) < 8


def test_what_keeps_its_promise_is_left_alone() -> None:
    found = promises([of(torch.randn(60, 8), offsets())])
    given = torch.tensor([0, 1, 2, 17])
    assert kept(of(torch.randn(17, 8), given), found, 1).args[1] is given


def test_halves_of_an_odd_number_are_refused() -> None:
    draws = [of(torch.randn(60, 8), torch.cat([h := half(), h], -1))]
    with pytest.raises(NoCase, match="given has two equal halves"):
        kept(of(torch.randn(60, 8), torch.randn(12, 7)), promises(draws), 1)


def test_memory_that_elements_share_is_replaced() -> None:
    found = promises([of(torch.randn(60, 8), torch.randperm(60))])
    after = kept(of(torch.randn(9, 8), torch.zeros(1, dtype=torch.int64).expand(9)), found, 1).args[1]
    assert sorted(after.tolist()) == list(range(9))
