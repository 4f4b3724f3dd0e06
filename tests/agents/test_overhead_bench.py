"""The benchmark of what agents cost beside the model still runs; its figures are asserted nowhere."""

from __future__ import annotations

import pytest

from tests.bench import agent_overhead


def test_a_round_and_its_cancelling_are_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(agent_overhead, "ROUNDS", 2)
    monkeypatch.setattr(agent_overhead, "WORKERS", 2)
    assert agent_overhead.round_ms() > 0
    assert agent_overhead.cancel_ms() > 0
