"""Inputs that keep a loop going for as long as its sizes say, for modules that have such a loop."""

from __future__ import annotations

import math

import pytest
import torch
from kernelagent.worker.judge import reference_run
from kernelagent.worker.judge.long_ways import WAYS, Repeats, with_long_ways
from kernelagent.worker.judge.no_case import NoCase
from kernelagent.worker.problem import Specimen

COSTS, LINKS, CORRIDORS, SEEDED, _, PARENTS, PARENTS_AHEAD, CARRIES, SHIFTED, NESTED = range(len(WAYS))


def of(*tensors: torch.Tensor) -> Specimen:
    return Specimen(tensors, {}, tuple("abcd"[: len(tensors)]))


def drawn(*shape: int) -> torch.Tensor:
    return torch.rand(shape, generator=torch.Generator().manual_seed(0))


class Halved(torch.nn.Module):
    """``rounds`` halvings, one to a round."""

    def __init__(self, rounds: int) -> None:
        super().__init__()
        self.rounds = rounds

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        for _ in range(self.rounds):
            x = x / 2
        return x


@pytest.mark.parametrize(
    ("rounds", "is_so"), [(9, True), (8, True), (10, True), (45, True), (3, False), (23, False), (0, False)]
)
def test_a_loop_goes_by_size_where_a_dimension_or_two_are_as_long(rounds: int, is_so: bool) -> None:
    specimen = of(drawn(5, 9))
    with Repeats() as repeats:
        reference_run.run(Halved(rounds), specimen)
    assert repeats.go_by_size(specimen) is is_so


def rounds_to_settle(cost: torch.Tensor) -> int:
    """Of shortest ways from the first node, in the graph that takes the most."""
    far, rounds = cost[:, 0], 0
    while True:
        nearer = torch.minimum(far, (far[:, :, None] + cost).amin(dim=1))
        if torch.equal(nearer, far):
            return rounds
        far, rounds = nearer, rounds + 1


@pytest.mark.parametrize("nodes", [5, 8, 33])
def test_the_only_cheap_way_visits_every_node(nodes: int) -> None:
    (cost,) = with_long_ways(of(drawn(4, nodes, nodes)), COSTS).args
    assert rounds_to_settle(cost) == nodes - 2
    assert rounds_to_settle(drawn(4, nodes, nodes)) < nodes - 2


def test_links_are_a_path() -> None:
    (links,) = with_long_ways(of(drawn(4, 12, 12)), LINKS).args
    for one in links > 0.7:
        reached, rounds = torch.eye(12, dtype=torch.bool) | one, 0
        while not torch.equal(further := (reached.int() @ one.int()) > 0, reached):
            reached, rounds = further, rounds + 1
        assert rounds == 10


@pytest.mark.parametrize("turn", [PARENTS, PARENTS_AHEAD])
@pytest.mark.parametrize("least", [0, -1])
def test_each_is_the_next_one_s_parent(turn: int, least: int) -> None:
    drawn_parents = torch.randint(least, 9, (2, 20))
    drawn_parents[0, 0] = least
    (parents,) = with_long_ways(of(drawn_parents), turn).args
    at, steps = 19 if turn == PARENTS else 0, 0
    while (before := int(parents[1, at])) not in (at, -1):
        at, steps = before, steps + 1
    assert steps == 19
    with pytest.raises(NoCase):
        with_long_ways(of(torch.arange(40).remainder(25).reshape(2, 20)), turn)


def test_one_end_lies_in_another_picture() -> None:
    marker, mask = with_long_ways(of(drawn(2, 6, 6), drawn(2, 6, 6)), SEEDED).args
    assert (marker == marker.max()).sum(dim=(1, 2)).tolist() == [1, 1]
    assert bool((mask[marker == marker.max()] == mask.max()).all())
    mask, marker = with_long_ways(of(drawn(2, 6, 6), drawn(2, 6, 6)), SEEDED + 1).args
    assert (marker == marker.max()).sum(dim=(1, 2)).tolist() == [1, 1]
    with pytest.raises(NoCase):
        with_long_ways(of(drawn(2, 6, 6)), SEEDED)


@pytest.mark.parametrize(("height", "width"), [(4, 4), (8, 8), (9, 6)])
def test_a_corridor_winds_through_the_whole_picture(height: int, width: int) -> None:
    (picture,) = with_long_ways(of(drawn(4, height, width)), CORRIDORS).args
    for one in picture[:2]:
        inside = one == one.max()
        reached = torch.zeros_like(inside)
        reached[0, 0], rounds = True, 0
        while not torch.equal(reached, inside):
            spread = torch.nn.functional.max_pool2d(reached[None].float(), 3, stride=1, padding=1)[0].bool()
            assert not torch.equal(spread & inside, reached), "it does not hang together"
            reached, rounds = spread & inside, rounds + 1
        assert rounds > height + width or max(height, width) < 6


def test_a_carry_goes_through_all_digits_in_two_bases() -> None:
    for base, top in ((1 << 16, 65_000), (10, 9)):
        digits = torch.randint(0, top, (3, 12)).clamp(max=top)
        digits[0, 0] = top
        a, b = with_long_ways(of(digits, digits.clone()), CARRIES).args
        longest = 0
        for one, other in zip(a.tolist(), b.tolist(), strict=True):
            carry = carried = 0
            for x, y in zip(one, other, strict=True):
                carry = (x % base + y % base + carry) // base
                carried += carry
            longest = max(longest, carried)
        assert longest == 12


def test_one_sequence_is_the_other_shifted() -> None:
    a, b = with_long_ways(of(torch.zeros(2, 12, dtype=torch.int64), torch.ones(2, 12, dtype=torch.int64)), SHIFTED).args
    by = int(b[0, 0] - a[0, 0])
    assert torch.equal(a[0, by:], b[0, :-by])
    assert math.floor(12 / 3) < by < 12 / 2
    with pytest.raises(NoCase):
        with_long_ways(of(drawn(2, 12)), SHIFTED)


def test_what_is_opened_first_is_closed_last() -> None:
    (tokens,) = with_long_ways(of(torch.arange(40).remainder(4).reshape(1, 40)), NESTED).args
    opened, closed = tokens[:, :20], tokens[:, 20:]
    assert int(opened.max()) == 1
    assert torch.equal(closed, opened.flip(1) + 2)


@pytest.mark.parametrize("turn", range(len(WAYS)))
def test_where_there_is_no_room_there_is_no_case(turn: int) -> None:
    with pytest.raises(NoCase):
        with_long_ways(of(drawn(3, 3)), turn)
