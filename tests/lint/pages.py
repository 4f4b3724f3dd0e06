"""The pages of the rules, taken apart."""

from __future__ import annotations

import re
from pathlib import Path

PAGES = Path(__file__).resolve().parents[2] / "docs/lint"


def example(code: str, heading: str) -> str:
    """The code under ``heading`` of a rule's page."""
    text = (PAGES / f"{code}.md").read_text(encoding="utf-8")
    found = re.search(rf"^## {heading}\n\n(?:<!--.*?-->\n)*```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    assert found is not None, f"{code}.md has no example under {heading}"
    return found[1]
