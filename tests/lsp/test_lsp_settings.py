"""Whatever was typed as a setting: the others hold, and it is named."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kernelagent_lsp.configuration.options import GROUPS, NAMES, read_options
from kernelagent_lsp.configuration.settings import Settings, resolve

ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.just("~nobody-of-that-name/x"),
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(st.text(), inside, max_size=3),
    max_leaves=5,
)


@settings(max_examples=300, deadline=None)
@given(name=st.sampled_from([*NAMES, *GROUPS]), value=ANY_JSON)
def test_one_odd_value_leaves_the_others(name: str, value: Any) -> None:
    others: dict[str, Any] = {"provider": "scripted", "budget.tokens": 7, "workers": 3}
    read = resolve(read_options({name: value} | {key: other for key, other in others.items() if key != name}))[0]
    assert name == "provider" or read.provider == "scripted"
    assert name == "budget.tokens" or read.budget_tokens == 7
    assert name == "workers" or read.workers == 3


@pytest.mark.parametrize("name", ["interpreter", "runDirectory"])
def test_a_home_of_nobody_is_named(name: str) -> None:
    read, problems = resolve(read_options({name: "~nobody-of-that-name/x", "provider": "builtin"}))
    assert read == Settings(provider="builtin")
    assert problems == (
        f"kernelagent.{name}: '~nobody-of-that-name/x' is not a path: there is no such home folder; nothing is used.",
    )


@pytest.mark.parametrize("name", ["interpreter", "runDirectory"])
def test_a_null_character_makes_no_path(name: str) -> None:
    read, problems = resolve(read_options({name: "~\0", "provider": "builtin"}))
    assert read == Settings(provider="builtin")
    assert problems == (f"kernelagent.{name}: '~\\x00' is not a path: it has a null character; nothing is used.",)


@pytest.mark.parametrize("value", [10, "1", [1], True, False, ""])
def test_a_budget_that_is_no_object_is_named_and_spends_nothing(value: Any) -> None:
    read, problems = resolve(read_options({"budget": value}))
    assert (read.budget_tokens, read.budget_usd, read.budget_seconds) == (0, 0.0, None)
    assert problems == (
        f"kernelagent.budget: {value!r} is not an object with tokens, usd, seconds; "
        "used is 0 for tokens, 0.0 for usd, nothing for seconds.",
    )


@pytest.mark.parametrize("value", ["0.5", -1, [], True])
def test_a_limit_that_cannot_be_read_is_not_the_end_of_it(value: Any) -> None:
    read, problems = resolve(read_options({"budget": {"usd": value, "tokens": value}}))
    assert (read.budget_usd, read.budget_tokens) == (0, 0)
    assert len(problems) == 2


def test_a_limit_may_be_nothing() -> None:
    assert resolve(read_options({"budget": {"usd": 0, "tokens": 0}})) == (Settings(budget_usd=0, budget_tokens=0), ())
    assert resolve(read_options({"budget": {"usd": None}, "lint": None})) == (Settings(), ())
    assert resolve(read_options({"budget": {"seconds": 0}}))[0] == Settings(), "a run of no time is none"


def test_a_provider_of_no_known_name_sends_nothing() -> None:
    read, problems = resolve(read_options({"provider": "Builtin"}))
    assert read.provider == "builtin"
    assert problems[0].endswith("; 'builtin' is used.")


@pytest.mark.parametrize("value", ["off", 0, ["KA106"]])
def test_a_group_that_is_no_object_is_named(value: Any) -> None:
    read, problems = resolve(read_options({"lint": value}))
    assert read == Settings()
    assert problems == (
        f"kernelagent.lint: {value!r} is not an object with enabled, ignore; used is True for enabled, [] for ignore.",
    )
