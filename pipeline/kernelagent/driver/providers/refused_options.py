"""Options of a request that a server refuses: the request is sent again with the option said otherwise or left out, and
so are those that follow. Only of models in the catalogue it is known before what they take."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import dataclass
from typing import Any

_REFUSED = (400, 422)
_IS_UNKNOWN = re.compile(
    r"un(?:supported|recognized|known|expected)|not (?:be )?(?:support|recogni|permit|allow|accept|valid)|instead"
    r"|deprecated|extra inputs|invalid (?:param|arg)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Option:
    ways: tuple[Mapping[str, Any], ...]
    """How it can be said, the best way first; an empty one leaves it out."""
    names: tuple[str, ...]
    """By which servers speak of it; the first is its own."""
    always_possible: bool = False
    """It is refused only where a server says that it does not know it: otherwise its value was too large."""


class Refusals:
    """Of one model at one address: which way of each option is taken, as far as refusals have told. For any thread."""

    def __init__(self) -> None:
        self._way: dict[str, int] = {}

    def ways(self, options: Sequence[Option]) -> tuple[int, ...]:
        return tuple(self._way.get(option.names[0], 0) for option in options)

    def tell(self, refusal: Exception, options: Sequence[Option], said: Sequence[int]) -> bool:
        """Whether a request that ``said`` the options so can be sent again, said otherwise."""
        for option, way in zip(options, said, strict=True):
            if way + 1 < len(option.ways) and _is_about(refusal, option):
                self._way[option.names[0]] = max(way + 1, self._way.get(option.names[0], 0))
                return True
        return False


@functools.cache
def refusals_of(base_url: str, model: str) -> Refusals:
    """The same for as long as this process lives."""
    return Refusals()


async def sent(
    stack: AsyncExitStack,
    create: Callable[..., AbstractAsyncContextManager[Any]],
    options: Sequence[Option],
    refusals: Refusals,
) -> Any:
    """The answer to ``create`` with the ``options``, in ``stack``. Each refusal leaves fewer ways, so that they end;
    raises the last one."""
    while True:
        said = refusals.ways(options)
        ways = (option.ways[way] for option, way in zip(options, said, strict=True))
        try:
            return await stack.enter_async_context(create(**{key: value for way in ways for key, value in way.items()}))
        except Exception as exc:
            if not refusals.tell(exc, options, said):
                raise


def _is_about(refusal: Exception, option: Option) -> bool:
    """By the parameter that the error names, or, where it names none, by its words."""
    if getattr(refusal, "status_code", None) not in _REFUSED:
        return False
    body = getattr(refusal, "body", None)
    inner = body.get("error", body) if isinstance(body, dict) else body
    error = inner if isinstance(inner, dict) else {}
    words = str(error.get("message") or body or refusal)
    if option.always_possible and not _IS_UNKNOWN.search(f"{error.get('code')} {words}"):
        return False
    parameter = error.get("param")
    if isinstance(parameter, str) and parameter:
        return parameter.partition(".")[0] in option.names
    return re.search(rf"(?<![\w-])(?:{'|'.join(map(re.escape, option.names))})(?![\w-])", words) is not None
