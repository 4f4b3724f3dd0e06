"""A page as one HTML file that holds its pictures. Nothing is fetched, no script runs; dark in dark rooms."""

from __future__ import annotations

from html import escape
from urllib.parse import quote, urlsplit

from kernelagent.driver.report.blocks import Block, Bullets, Heading, Page, Paragraph, Picture, Table
from kernelagent.driver.report.inline import pieces

_STYLE = """
:root { color-scheme: light dark; --line: #8886; --soft: #8882; --good: #1a7f37; --bad: #cf222e; }
@media (prefers-color-scheme: dark) { :root { --good: #3fb950; --bad: #ff7b72; } }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 68rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.15rem; margin-top: 2rem; } h3 { font-size: 1rem; }
table { border-collapse: collapse; display: block; overflow-x: auto; }
th, td { border-bottom: 1px solid var(--line); padding: .25rem .75rem .25rem 0; text-align: left; vertical-align: top; }
td { overflow-wrap: anywhere; min-width: 3rem; } td:first-child { min-width: 11rem; }
code { font: .9em ui-monospace, monospace; background: var(--soft); padding: 0 .25em; border-radius: 3px; }
figure { margin: 1rem 0; overflow: auto; max-height: 44rem; } figcaption { opacity: .75; }
td.word { white-space: nowrap; } td.passed { color: var(--good); } td.failed, td strong { color: var(--bad); }
"""


def as_fragment(page: Page, base: str = "") -> str:
    """Its blocks, for a place in another page. ``base`` stands before links that lead to files beside it."""
    return "\n".join(_markup(block, base) for block in page.blocks)


def as_html(page: Page) -> str:
    body = as_fragment(page)
    return (
        "<!doctype html>\n"
        '<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<title>{escape(page.title)}</title><style>{_STYLE}</style></head>\n"
        f"<body><h1>{escape(page.title)}</h1>\n{body}\n</body></html>\n"
    )


def _markup(block: Block, base: str) -> str:
    if isinstance(block, Heading):
        return f"<h{block.level}>{_inline(block.text, base)}</h{block.level}>"
    if isinstance(block, Paragraph):
        return f"<p>{_inline(block.text, base)}</p>"
    if isinstance(block, Bullets):
        return "<ul>" + "".join(f"<li>{_inline(item, base)}</li>" for item in block.items) + "</ul>"
    if isinstance(block, Table):
        head = "".join(f"<th>{_inline(cell, base)}</th>" for cell in block.head)
        rows = "".join("<tr>" + "".join(_cell(cell, base) for cell in row) + "</tr>" for row in block.rows)
        return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
    assert isinstance(block, Picture)
    return f"<figure>{block.svg}<figcaption>{escape(block.caption)}</figcaption></figure>"


def _cell(text: str, base: str) -> str:
    kinds = [text] if text in ("passed", "failed") else []
    kinds += ["word"] if len(text) < 14 and " " not in text else []
    return f'<td class="{" ".join(kinds)}">{_inline(text, base)}</td>' if kinds else f"<td>{_inline(text, base)}</td>"


def _inline(text: str, base: str) -> str:
    made = []
    for kind, words, target in pieces(text):
        inner = escape(words)
        if kind == "link" and urlsplit(target).scheme in ("", "file", "http", "https"):
            place = target if urlsplit(target).scheme else base + target
            made.append(f'<a href="{escape(quote(place, safe=":/#%?=&+@."))}">{inner}</a>')
        elif kind == "strong":
            made.append(f"<strong>{inner}</strong>")
        elif kind == "code":
            made.append(f"<code>{inner}</code>")
        else:
            made.append(inner)
    return "".join(made).replace("\n", "<br>")
