"""A caller's test as text, looked at before anything is asked for or run."""

from __future__ import annotations

from kernelagent.static.parsing import parse


def unreadable(test_code: str) -> str:
    """Why Python cannot read it, in a sentence; empty where it can."""
    try:
        parse(test_code)
    except (SyntaxError, ValueError) as exc:
        where = f"line {exc.lineno}: " if isinstance(exc, SyntaxError) and exc.lineno else ""
        return f"test_code is not valid Python ({where}{getattr(exc, 'msg', exc)}), so no kernel could pass it."
    return ""
