"""A slice of the campaign against the wire (``protocol.py``)."""

from __future__ import annotations

from protocol import play


def test_odd_messages_and_frames_leave_a_server_that_answers() -> None:
    found = play(seed=1000, count=2500)
    assert found.wrong == ()
    assert found.requests > 1000
    assert found.frames > 50
