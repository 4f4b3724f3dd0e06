"""The pages' own style, over the variables of Gradio's theme: it follows the browser's light and dark."""

STYLE = """
.ka { --good: #1a7f37; --bad: #cf222e; --warn: #9a6700; --line: #8884; --soft: #8882; line-height: 1.5; }
.dark .ka { --good: #3fb950; --bad: #ff7b72; --warn: #d29922; }
.ka h2 { font-size: 1.05rem; margin: 1.1rem 0 .3rem; } .ka h3 { font-size: .95rem; margin: .8rem 0 .2rem; }
.ka p { margin: .25rem 0; overflow-wrap: anywhere; }
.ka table, .ka thead, .ka tbody, .ka tr { border: 0 !important; background: none !important; }
.ka table { border-collapse: collapse; display: block; overflow-x: auto; margin: .25rem 0; padding: 0 !important; }
.ka th, .ka td { border: 0 !important; border-bottom: 1px solid var(--line) !important; padding: .2rem .8rem .2rem 0;
  text-align: left; vertical-align: top; overflow-wrap: anywhere; }
.ka td.word { white-space: nowrap; }
.ka code { font-size: .9em; background: var(--soft); padding: 0 .25em; border-radius: 3px; }
.ka .verified, .ka .passed, .ka .pass { color: var(--good); } .ka .failed, .ka .fail { color: var(--bad); }
.ka .cancelled, .ka .unverified, .ka .going { color: var(--warn); }
.ka .card { border: 1px solid var(--line); border-left: 5px solid currentColor; border-radius: 6px;
  padding: .6rem .9rem; margin: .25rem 0; }
.ka .card > * { color: var(--body-text-color); } .ka .card > strong { color: inherit; font-size: 1.1rem; }
.ka .facts td:first-child, .ka .stages td:first-child { font-weight: 600; white-space: nowrap; }
.ka .stages .now td:first-child::before { content: "▸ "; } .ka .stages .done td:first-child::before { content: "✓ "; }
.ka .stages .time { opacity: .7; white-space: nowrap; }
.ka .log { max-height: 14rem; overflow: auto; font: 12px/1.5 ui-monospace, monospace; white-space: pre-wrap;
  opacity: .85; }
.ka figure { margin: .25rem 0; overflow: auto; max-height: 44rem; } .ka figcaption { opacity: .75; }
.ka .files a { margin-right: 1.2rem; } .ka a { text-decoration: underline; }
.ka progress { width: 100%; height: .5rem; }
"""


def framed(inner: str) -> str:
    return f'<div class="ka">{inner}</div>' if inner else ""
