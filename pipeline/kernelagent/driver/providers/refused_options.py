"""Options of a request that a server refuses: the request is sent again with the option said otherwise or left out, and
so are those that follow. A limit of tokens that is too large is lowered to what the server says that it can be. Only of
models in the catalogue it is known before what they take."""

from __future__ import annotations

import functools
import math
import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import dataclass
from typing import Any

from kernelagent.driver.providers.told_limits import LEAST, told_limit

_REFUSED = (400, 422)
_WORTH_RECKONING = 4 * LEAST
_LOWERINGS = 2
"""Of one request: a model may have a limit of its own, and a window besides."""
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
    counts_output: bool = False
    """Its value is the most tokens that the answer may have."""
    wording: re.Pattern[str] | None = None
    """How servers speak of it without any of its names."""

    def said(self, way: int, most: float) -> Mapping[str, Any]:
        """With at most so many tokens."""
        words = self.ways[way]
        return {name: min(value, most) for name, value in words.items()} if self.counts_output else words


class Refusals:
    """Of one model at one address: which way of each option is taken, as far as refusals have told. For any thread."""

    def __init__(self) -> None:
        self._way: dict[str, int] = {}
        self._output = self._window = math.inf

    def ways(self, options: Sequence[Option]) -> tuple[int, ...]:
        return tuple(self._way.get(option.names[0], 0) for option in options)

    def tell(self, refusal: Exception, options: Sequence[Option], said: Sequence[int]) -> bool:
        """Whether a request that ``said`` the options so can be sent again, said otherwise."""
        for option, way in zip(options, said, strict=True):
            if way + 1 < len(option.ways) and _is_about(refusal, option):
                self._way[option.names[0]] = max(way + 1, self._way.get(option.names[0], 0))
                return True
        return False

    def leave_out(self, name: str) -> None:
        """The option of this name, which can be said in one way alone: the server takes it, and does not do it."""
        self._way[name] = 1

    def is_left_out(self, name: str) -> bool:
        """Of such an option: it was refused, or did nothing."""
        return self._way.get(name, 0) > 0

    def most(self, prompt: float) -> float:
        """Tokens of output that a request with a ``prompt`` of so many, reckoned, can have as far as it is known. Where
        the window seems to leave too little, the server is to say what it leaves: it counts better."""
        room = self._window - math.ceil(prompt)
        return min(self._output, room if room >= _WORTH_RECKONING else math.inf)

    def tell_limit(self, refusal: Exception, asked: int) -> int | None:
        """What a request that was refused ``asked`` tokens of output can have, if it says so."""
        if getattr(refusal, "status_code", None) not in _REFUSED:
            return None
        limit = told_limit(_told(refusal)[0], asked)
        if limit is None:
            return None
        if limit.window is not None:
            self._window = min(self._window, limit.window)
        else:
            self._output = min(self._output, limit.output)
        return limit.output


@functools.cache
def refusals_of(base_url: str, model: str) -> Refusals:
    """The same for as long as this process lives."""
    return Refusals()


async def sent(
    stack: AsyncExitStack,
    create: Callable[..., AbstractAsyncContextManager[Any]],
    options: Sequence[Option],
    refusals: Refusals,
    prompt: float,
) -> Any:
    """The answer to ``create`` with the ``options``, in ``stack``. Each refusal leaves fewer ways, so that they end;
    raises the last one. ``prompt`` is how many tokens there are of it, reckoned."""
    most, lowerings = refusals.most(prompt), 0
    while True:
        said = refusals.ways(options)
        given = [option.said(way, most) for option, way in zip(options, said, strict=True)]
        try:
            return await stack.enter_async_context(
                create(**{key: value for way in given for key, value in way.items()})
            )
        except Exception as exc:
            asked = [
                value
                for option, way in zip(options, given, strict=True)
                if option.counts_output
                for value in way.values()
            ]
            lower = refusals.tell_limit(exc, asked[0]) if asked and lowerings < _LOWERINGS else None
            if lower is not None:
                most, lowerings = lower, lowerings + 1
            elif not refusals.tell(exc, options, said):
                raise


def _told(refusal: Exception) -> tuple[str, dict[str, Any]]:
    """The words of a refusal, and what its body has as the error."""
    body = getattr(refusal, "body", None)
    first = body[0] if isinstance(body, list) and body else body
    inner = first.get("error", first) if isinstance(first, dict) else first
    error = inner if isinstance(inner, dict) else {}
    return str(error.get("message") or body or refusal), error


def _is_about(refusal: Exception, option: Option) -> bool:
    """By the parameter that the error names, or, where it names none, by its words."""
    if getattr(refusal, "status_code", None) not in _REFUSED:
        return False
    words, error = _told(refusal)
    if option.always_possible and not _IS_UNKNOWN.search(f"{error.get('code')} {words}"):
        return False
    parameter = error.get("param")
    if isinstance(parameter, str) and parameter:
        return parameter.partition(".")[0] in option.names
    if option.wording is not None and option.wording.search(words):
        return True
    return re.search(rf"(?<![\w-])(?:{'|'.join(map(re.escape, option.names))})(?![\w-])", words) is not None
