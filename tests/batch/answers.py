"""Answers of a batch as tests want them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from kernelagent.contract.batch import BatchEntry, Speed

ANSWER = BatchEntry("a.py", "verified", "softmax", "", 2.0, {}, 1, "a-1", "key")


def answer(target: str, **other: Any) -> BatchEntry:
    return replace(ANSWER, target=target, **other)


def failed(target: str, reason: str) -> BatchEntry:
    return answer(target, status="failed", reason=reason)


def timed(target: str, kernel_ms: float, eager_ms: float = 1.0, compile_ms: float | None = 0.5) -> BatchEntry:
    return answer(target, speed=Speed("H200", kernel_ms, eager_ms, compile_ms))
