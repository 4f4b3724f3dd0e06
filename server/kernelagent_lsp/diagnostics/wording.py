"""Errors of the catalogue in the words of an editor: it has settings where a terminal has options."""

from __future__ import annotations

import re

_SETTINGS = {
    "--interpreter": "kernelagent.interpreter",
    "--provider": "kernelagent.provider",
    "--model": "kernelagent.model",
    "--workers": "kernelagent.workers",
    "--max-iters": "kernelagent.maxRounds",
    "--samples": "kernelagent.samples",
    "--device": "kernelagent.device",
    "--arch": "kernelagent.arch",
    "--run-dir": "kernelagent.runDirectory",
    "--budget-usd": "kernelagent.budget.usd",
    "--budget-tokens": "kernelagent.budget.tokens",
    "--budget-seconds": "kernelagent.budget.seconds",
}

_OPTION = "|".join(map(re.escape, _SETTINGS))

_PHRASES = (
    (r"Pass --interpreter PATH, set kernelagent\.interpreter,", "Set kernelagent.interpreter,"),
    (r"in the file, write a directive (.*), or pass --inputs and --init", r"in the file, or write a directive \1"),
    (r"\b([Uu])se --mode (\w+)", lambda m: f"{'Write' if m[1] == 'U' else 'write'} mode={m[2]} in the directive"),
    (
        r"Pass --yes, or run the command in a terminal and answer there",
        "Agree when the editor asks, or set kernelagent.sendCode",
    ),
    (r"\bSee --help\.", "See what the settings can be."),
    (
        rf"\b([UuPp])(?:se|ass) ({_OPTION})(?: with)? (?=\w)",
        lambda m: f"{'Set' if m[1].isupper() else 'set'} {_SETTINGS[m[2]]} to ",
    ),
    (rf"(?<![\w-])({_OPTION})(?![\w-])", lambda m: _SETTINGS[m[1]]),
)


def for_editor(text: str) -> str:
    """``text`` with the names of settings for the names of options."""
    for pattern, words in _PHRASES:
        text = re.sub(pattern, words, text)
    return text
