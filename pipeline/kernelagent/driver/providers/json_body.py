"""JSON of which nothing is taken for granted: servers differ in what they leave out and in what they add."""

from __future__ import annotations

from typing import Any

from kernelagent.contract.codec import parse_json
from kernelagent.driver.providers.failures import StreamBroke


async def json_of(answer: Any) -> Any:
    """The JSON of a whole answer. Raises ``StreamBroke`` where it is none."""
    read = bytearray()
    async for block in answer.iter_bytes():
        read += block
    try:
        return parse_json(bytes(read))
    except ValueError as exc:
        raise StreamBroke(f"the answer is no JSON: {exc}") from exc


def objects(value: Any) -> list[dict[str, Any]]:
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []


def as_text(value: Any) -> str:
    """A string, or a list of parts with one each; empty for all else."""
    if isinstance(value, list):
        return "".join(as_text(part.get("text")) for part in objects(value))
    return value if isinstance(value, str) else ""
