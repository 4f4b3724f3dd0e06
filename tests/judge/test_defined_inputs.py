"""Inputs on which PyTorch leaves a module's result open are changed, or are no case."""

from __future__ import annotations

import pytest
import torch
from kernelagent.worker.judge import reference_run, turned_edges
from kernelagent.worker.judge.no_case import NoCase
from kernelagent.worker.judge.placed import Placed
from kernelagent.worker.judge.searched import Searched
from kernelagent.worker.problem import Specimen


class Copies(torch.nn.Module):
    def forward(self, x, places):
        return torch.zeros(9, 4).index_copy(0, places, x)


class CopiesByInt32(torch.nn.Module):
    def forward(self, x, places):
        return torch.zeros(9, 4).index_copy(0, places.long(), x)


class Puts(torch.nn.Module):
    def forward(self, x, places):
        y = torch.zeros(9, 4)
        y[places] = x
        return y


class AddsUp(torch.nn.Module):
    def forward(self, x, places):
        return torch.zeros(9, 4).index_add(0, places, x)


class CopiesToHalves(torch.nn.Module):
    def forward(self, x, places):
        return torch.zeros(9, 4).index_copy(0, places // 2, x)


class Scatters(torch.nn.Module):
    def forward(self, x, places):
        return torch.zeros(9, 4).scatter(0, places[:, None].expand(-1, 4), x)


class Unpools(torch.nn.Module):
    def forward(self, x, places):
        return torch.nn.functional.max_unpool1d(x.reshape(1, 2, -1), places.reshape(1, 2, -1), 4).reshape(2, -1)


class PutsFlat(torch.nn.Module):
    def forward(self, x, places):
        return torch.zeros(9).put_(places, x[:, 0])


def specimen(places: list[int], dtype: torch.dtype = torch.int64) -> Specimen:
    return Specimen((torch.randn(len(places), 4), torch.tensor(places, dtype=dtype)), {}, ("x", "places"))


@pytest.mark.parametrize("module", [Copies, Puts, CopiesByInt32])
@pytest.mark.parametrize(
    "places", [[1, 1, 4, 8], [0, 3, 99, 5], [2, -7, 3, 1]], ids=["twice", "outside", "from the end"]
)
def test_places_come_once(module: type[torch.nn.Module], places: list[int]) -> None:
    given = specimen(places, torch.int32 if module is CopiesByInt32 else torch.int64)
    Placed(module(), specimen([0, 1, 2, 3])).put_apart(module(), given, 5)
    after = (given.args[1] % 9).tolist()
    assert len(set(after)) == 4


def test_places_of_a_plane_come_once_in_it() -> None:
    given = specimen([1, 1, 4, 2, 99, 7])
    given = Specimen((given.args[0][:, 0], given.args[1]), {}, given.names)
    Placed(Unpools(), given).put_apart(Unpools(), given, 5)
    first, second = given.args[1].reshape(2, 3).tolist()
    assert len(set(first)) == len(set(second)) == 3
    assert max(*first, *second) < 12


def test_places_that_are_put_into_come_once() -> None:
    given = specimen([1, 1, 4, 8])
    placed = Placed(PutsFlat(), given)
    assert placed.inputs == {"places"}
    placed.put_apart(PutsFlat(), given, 5)
    assert len(set(given.args[1].tolist())) == 4


def test_places_that_come_once_are_left_alone() -> None:
    given = specimen([7, 2, 0, 5])
    Placed(Copies(), given).put_apart(Copies(), given, 5)
    assert given.args[1].tolist() == [7, 2, 0, 5]


def test_what_is_added_up_may_come_twice() -> None:
    given = specimen([1, 1, 4, 8])
    Placed(AddsUp(), given).put_apart(AddsUp(), given, 5)
    assert given.args[1].tolist() == [1, 1, 4, 8]


@pytest.mark.parametrize("module", [CopiesToHalves, Scatters])
def test_places_of_the_modules_own_that_come_twice_are_no_case(module: type[torch.nn.Module]) -> None:
    given = specimen([2, 2, 3, 7])
    with pytest.raises(NoCase, match="one place twice"):
        Placed(module(), given).put_apart(module(), given, 5)


class Buckets(torch.nn.Module):
    def forward(self, x, edges):
        return torch.bucketize(x, edges)


class BucketsOfSums(torch.nn.Module):
    def forward(self, x, edges):
        return torch.bucketize(x, edges.cumsum(0))


def test_what_is_searched_is_put_in_order() -> None:
    ordered = Specimen((torch.randn(5), torch.tensor([1.0, 2.0, 3.0])), {}, ("x", "edges"))
    given = Specimen((torch.randn(5), torch.tensor([3.0, torch.nan, -torch.inf])), {}, ("x", "edges"))
    Searched(Buckets(), ordered).put_in_order(Buckets(), given)
    assert given.args[1].tolist() == [-torch.inf, 3.0, torch.inf]


class BucketsOfAColumn(torch.nn.Module):
    def forward(self, x, table):
        return torch.bucketize(x, table[:, 0]) * table[:, 1].sum()


def test_of_an_input_only_the_part_that_is_searched_is_put_in_order() -> None:
    ordered = Specimen((torch.randn(5), torch.tensor([[1.0, 5.0], [2.0, 4.0]])), {}, ("x", "table"))
    given = Specimen((torch.randn(5), torch.tensor([[3.0, 9.0], [1.0, 8.0], [2.0, 7.0]])), {}, ("x", "table"))
    Searched(BucketsOfAColumn(), ordered).put_in_order(BucketsOfAColumn(), given)
    assert given.args[1].tolist() == [[1.0, 9.0], [2.0, 8.0], [3.0, 7.0]]


def test_a_sequence_of_the_modules_own_that_is_out_of_order_is_no_case() -> None:
    ordered = Specimen((torch.randn(5), torch.tensor([1.0, 2.0, 3.0])), {}, ("x", "edges"))
    given = Specimen((torch.randn(5), torch.tensor([1.0, -2.0, 3.0])), {}, ("x", "edges"))
    with pytest.raises(NoCase, match="not in order"):
        Searched(BucketsOfSums(), ordered).put_in_order(BucketsOfSums(), given)


class Rounds(torch.nn.Module):
    def forward(self, x):
        return torch.round(x * (127.0 / 0.7)).to(torch.int8), torch.round(x).to(torch.int8)


def test_only_what_is_computed_and_lies_at_an_edge_may_turn() -> None:
    edge = 62.5 / (127.0 / 0.7)
    given = Specimen((torch.tensor([edge, 0.3, 0.5]),), {}, ("x",))
    ends = turned_edges.ends(Rounds(), given, reference_run.run(Rounds(), given))
    assert {path: [e.tolist() for e in pair] for path, pair in ends.items()} == {
        "outputs.0": [[62, 54, 91], [63, 54, 91]]
    }


class Nanoseconds(torch.nn.Module):
    def forward(self, t):
        return torch.round(t * 1e9).to(torch.int64)


def test_large_integers_may_differ_by_a_rounding_and_no_more() -> None:
    given = Specimen((torch.tensor([3.0]),), {}, ("t",))
    ((low, high),) = turned_edges.ends(Nanoseconds(), given, reference_run.run(Nanoseconds(), given)).values()
    assert 0 < int(high) - 3_000_000_000 < 1500
    assert 0 < 3_000_000_000 - int(low) < 1500
