"""Contents that a wrapper copies from a GPU to the host are known by where they come from."""

from __future__ import annotations

import torch
from kernelagent.worker.judge.fetched import Fetched


def test_a_copy_and_its_views_have_the_sources_of_what_was_copied() -> None:
    fetched, copy = Fetched(), torch.zeros(4, dtype=torch.int32)
    fetched.note("_to_copy", (), copy, {"kernel"})
    assert fetched.sources(copy) == fetched.sources(copy[2:].view(2, 1)) == {"kernel"}
    assert fetched.sources(copy.clone()) == set()


def test_what_is_written_over_a_copy_is_among_its_sources() -> None:
    fetched, copy = Fetched(), torch.zeros(4, dtype=torch.int32)
    fetched.note("_to_copy", (), copy, {"kernel"})
    fetched.note("copy_", (copy, torch.ones(4)), copy, {"input"})
    assert fetched.sources(copy) == {"kernel", "input"}


def test_what_was_made_on_the_host_is_not_known() -> None:
    fetched, made = Fetched(), torch.zeros(4)
    fetched.note("copy_", (made, torch.ones(4)), made, {"kernel"})
    assert fetched.sources(made) == set()
