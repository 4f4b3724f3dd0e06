"""Pieces that are written at a time: whose error is told where several have one."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from kernelagent.driver.cancel import CancelToken
from kernelagent.driver.stages.pieces import in_parallel
from kernelagent.errors import KernelAgentError, NotRecorded, NoVerifiedKernel

Work = Callable[[CancelToken], str]


def fails(error: KernelAgentError) -> Work:
    def work(token: CancelToken) -> str:
        raise error

    return work


def waits(token: CancelToken) -> str:
    for _ in range(1000):
        token.raise_if_cancelled()
        token.wait(0.01)
    raise AssertionError("nobody cancelled it")


def works(token: CancelToken) -> str:
    return "done"


def test_the_first_that_fails_ends_the_others() -> None:
    with pytest.raises(NoVerifiedKernel):
        in_parallel({"a": waits, "b": fails(NoVerifiedKernel("b"))}, 2, CancelToken())


@pytest.mark.parametrize("order", [("a", "b"), ("b", "a")])
def test_what_a_replay_lacks_of_one_is_not_told_where_another_failed(order: tuple[str, str]) -> None:
    work: dict[str, Work] = {"a": fails(NotRecorded("a")), "b": fails(NoVerifiedKernel("b"))}
    with pytest.raises(NoVerifiedKernel):
        in_parallel({name: work[name] for name in order}, 1, CancelToken())


def test_what_a_replay_lacks_is_told_where_nothing_else_failed() -> None:
    with pytest.raises(NotRecorded):
        in_parallel({"a": fails(NotRecorded("a")), "b": works}, 1, CancelToken())
