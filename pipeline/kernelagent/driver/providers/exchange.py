"""What is asked of a model and what comes back: the values that every provider takes and gives."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Literal, Protocol

from kernelagent.driver.providers.catalogue import Model
from kernelagent.driver.providers.reckoning import tokens_in
from kernelagent.driver.providers.usage import Usage

Effort = Literal["low", "medium", "high"]
Finish = Literal["stop", "length", "refusal"]
"""Why a sample ended: by itself, at the limit of tokens, or because the model declined."""


@dataclass(frozen=True)
class Message:
    role: Literal["user", "assistant"]
    text: str
    shared: str = ""
    """What of the text other requests begin with too, where some do: cached by the API where it has to be told."""


def opening(text: str, own: str) -> Message:
    """The first message of one of several agents, whose ``text`` ends with what it alone is told."""
    return Message("user", text, text.removesuffix(own))


@dataclass(frozen=True)
class Request:
    model: Model
    system: str
    """The part that stays the same from one request to the next; cached by the API where it can be."""
    messages: tuple[Message, ...]
    """A dialogue that begins and ends with the user."""
    max_output_tokens: int
    temperature: float | None = None
    """Left out where the model does not take one."""
    effort: Effort | None = None
    """Left out where the model has no such option."""
    samples: int = 1
    """Independent replies to the same messages."""
    timeout_s: float = 600.0
    """For one attempt, from its start to the last word of its last sample."""

    @property
    def characters(self) -> int:
        return len(self.system) + sum(len(message.text) for message in self.messages)

    @property
    def tokens(self) -> float:
        """Reckoned, and rather too many."""
        return tokens_in(self.system) + sum(tokens_in(message.text) for message in self.messages)


@dataclass(frozen=True)
class TextPiece:
    sample: int
    text: str


@dataclass(frozen=True)
class Thought:
    """What the model thinks before it answers, where the API shows it: paid for, and not kept."""

    sample: int
    text: str


@dataclass(frozen=True)
class Finished:
    sample: int
    reason: Finish


@dataclass(frozen=True)
class Spent:
    """Tokens, once per stream: the last one counts."""

    usage: Usage


Chunk = TextPiece | Thought | Finished | Spent


@dataclass(frozen=True)
class Sample:
    text: str
    finish: Finish
    thought: int = 0
    """Characters of thinking aloud that came beside the text."""


@dataclass(frozen=True)
class Reply:
    samples: tuple[Sample, ...]
    usage: Usage
    seconds: float
    attempts: int
    """Requests that were sent for it, those that failed and were sent again among them."""
    numbers: tuple[int, ...] = ()
    """Of the samples, from 0; those that were not asked for, or did not come, are left out."""
    why_fewer: str = ""
    """Than were asked for, in words."""


class Provider(Protocol):
    """A door to one API."""

    name: str
    destination: str
    """Host that requests go to, for people; empty when nothing leaves this machine."""
    address_from_file: bool
    """A file of the project says so: to name a model is no agreement to sending code there."""

    def takes_samples(self, model: Model) -> bool:
        """One stream gives all of ``Request.samples``, as far as it is known; otherwise one is opened for each."""
        ...

    def stream(self, request: Request) -> AsyncGenerator[Chunk, None]:
        """Send ``request`` once. Closing the iterator closes the connection; whatever the SDK raises comes through."""
        ...
