"""Whether a kernel still fits the file that it was made from, which may have changed around its class since.

It does while the class and all in its file that it hangs on stand word by word as they did then, wherever they are
now: another class's kernel, put in place meanwhile, is no change of this one. Places are found anew in the text as it
is now.
"""

from __future__ import annotations

import re

from kernelagent.driver.hangs_on import hangs_on

from kernelagent_lsp.edits.plan import Impossible, Outdated, with_newlines

_STAR = re.compile(r"from .* import \*")
"""It may bind any name, of those that the class uses too."""


def misfit(then: str, now: str, class_name: str) -> Impossible | None:
    """Why a kernel that was made from ``class_name`` in the text ``then`` does not fit the text ``now``; ``None`` where
    it does."""
    if then == now:
        return None
    try:
        standing = _hanging(now, class_name)
    except (SyntaxError, ValueError, RecursionError):
        return Impossible("The document can't be parsed: put it right first.")
    if standing is None:
        return Impossible(f"{class_name} is not in the document any more.")
    try:
        was = _hanging(then, class_name)
    except (SyntaxError, ValueError, RecursionError):
        was = None
    if was == standing:
        return None
    return Outdated(f"{class_name}, or what it uses, has changed since the fuse began: fuse it again.")


def _hanging(text: str, class_name: str) -> list[str] | None:
    """The text of all that the class hangs on; ``None`` where it is not there."""
    plain = with_newlines(text.removeprefix("\ufeff"), "\n")
    spans, names = hangs_on(plain, class_name)
    if class_name.partition(".")[0] not in names:
        return None
    lines = plain.split("\n")
    return [
        *(line for line in lines if _STAR.match(line)),
        *("\n".join(lines[span.first - 1 : span.last]) for span in spans),
    ]
