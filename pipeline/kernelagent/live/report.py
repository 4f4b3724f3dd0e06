"""A run's report: Markdown to print, HTML where a notebook shows it."""

from __future__ import annotations

from html import escape

from kernelagent.contract.result import Result
from kernelagent.driver.report import Page, of_result
from kernelagent.driver.report.html import as_fragment
from kernelagent.driver.report.markdown import as_markdown

_STYLE = """
.kernelagent { font: 14px/1.5 system-ui, sans-serif; max-width: 62rem; --line: #8886; --soft: #8882; --good: #2da44e;
  --bad: #e5534b; }
.kernelagent table { border-collapse: collapse; margin: .25rem 0; color: inherit; background: none; }
.kernelagent th, .kernelagent td { border: 0; border-bottom: 1px solid var(--line); background: none; color: inherit;
  padding: .15rem .75rem .15rem 0; text-align: left !important; vertical-align: top;
  max-width: 46rem; white-space: normal; }
.kernelagent code { font: .9em ui-monospace, monospace; background: var(--soft); padding: 0 .25em; border-radius: 3px;
  color: inherit; }
.kernelagent pre { font: 12px/1.45 ui-monospace, monospace; background: var(--soft); padding: .5rem; overflow: auto;
  max-height: 28rem; color: inherit; margin: .25rem 0; }
.kernelagent h2 { font-size: 1.1em; margin: .75rem 0 .25rem; }
.kernelagent h3 { font-size: 1em; margin: .5rem 0 .25rem; }
.kernelagent p { margin: .25rem 0; } .kernelagent summary { cursor: pointer; }
.kernelagent figure { margin: .5rem 0; overflow: auto; max-height: 30rem; }
.kernelagent .passed, .kernelagent .verified { color: var(--good); }
.kernelagent .failed { color: var(--bad); } .kernelagent .unverified, .kernelagent .cancelled { color: #bf8700; }
"""
"""Neutral tones over whatever the notebook's theme is: it need not be that of the system."""


class Report:
    """What was checked and how, how fast it is, and what was not done."""

    def __init__(self, result: Result) -> None:
        self._page: Page = of_result(result)

    @property
    def markdown(self) -> str:
        return as_markdown(self._page)

    @property
    def html(self) -> str:
        """For a place in a page; no script, and nothing is fetched."""
        return framed(f"<h2>{escape(self._page.title)}</h2>{as_fragment(self._page)}")

    def __str__(self) -> str:
        return self.markdown

    def __repr__(self) -> str:
        return f"<report on {self._page.title}: print it, or show it in a notebook>"

    def _repr_html_(self) -> str:
        return self.html

    def _repr_markdown_(self) -> str:
        return self.markdown


def framed(inner: str) -> str:
    return f'<div class="kernelagent"><style>{_STYLE}</style>{inner}</div>'
