"""A hook of MkDocs: pages that are written to be read on GitHub are right in the site, too.

On GitHub a page may link to any file of the repository. Here such a file becomes a page of the site (Markdown as it
is, other text as a block of code) or is copied (pictures), below ``repository/``, and the links lead there. A ``|``
that is code in a table has a backslash for GitHub, which would be shown here.
"""

from __future__ import annotations

import os
import posixpath
import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from mkdocs.structure.files import File, Files

ROOT = Path(__file__).resolve().parents[1]
DOCS = "docs"
IN_SITE = "repository"
ALWAYS = ("CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "LICENSE")
PICTURES = {".png", ".svg", ".jpg", ".gif"}
LANGUAGES = {".py": "python", ".yml": "yaml", ".yaml": "yaml", ".json": "json", ".toml": "toml", ".lua": "lua"}
LINK = re.compile(r"(\]\()([^)\s#]+)((?:#[^)\s]*)?\))")
ROW = re.compile(r"^\|.*$", re.MULTILINE)
FENCED = re.compile(r"^(?P<fence>`{3,}).*?^(?P=fence)$", re.MULTILINE | re.DOTALL)


def on_files(files: Files, config: Any) -> Files:
    """Adds the files that pages link to, those that these link to, and so on."""
    waiting = [path for file in files.documentation_pages() for path in linked(f"{DOCS}/{file.src_uri}")]
    waiting += ALWAYS
    added: set[str] = set()
    while waiting:
        path = waiting.pop()
        if path in added or is_in_docs(path):
            continue
        added.add(path)
        files.append(as_file(path, config))
        if path.endswith(".md"):
            waiting += linked(path)
    return files


def on_page_markdown(markdown: str, page: Any, config: Any, files: Files) -> str:
    """Turns links to files of the repository to where they are in the site."""
    here = page.file.src_uri
    source = here.removeprefix(f"{IN_SITE}/") if here.startswith(f"{IN_SITE}/") else f"{DOCS}/{here}"

    def turned(match: re.Match[str]) -> str:
        path = in_repository(source, match[2])
        if path is None:
            return match[0]
        return match[1] + posixpath.relpath(in_site(path), posixpath.dirname(here) or ".") + match[3]

    return outside_of_code(markdown, turned)


def outside_of_code(markdown: str, turned: Any) -> str:
    """``markdown`` with the links outside of fenced code replaced by what ``turned`` makes of each, and its tables."""

    def text(start: int, stop: int) -> str:
        return LINK.sub(turned, ROW.sub(lambda row: row[0].replace(r"\|", "|"), markdown[start:stop]))

    pieces, end = [], 0
    for block in FENCED.finditer(markdown):
        pieces += [text(end, block.start()), block[0]]
        end = block.end()
    return "".join([*pieces, text(end, len(markdown))])


def linked(source: str) -> Iterator[str]:
    """Files of the repository that the page ``source`` links to."""
    text = FENCED.sub("", (ROOT / source).read_text(encoding="utf-8"))
    for match in LINK.finditer(text):
        path = in_repository(source, match[2])
        if path is not None:
            yield path


def in_repository(source: str, target: str) -> str | None:
    """The file that ``target`` means on the page ``source``, by its path in the repository. A folder is its README."""
    if re.match(r"[a-z]+:", target) or target.startswith("/"):
        return None
    path = posixpath.normpath(posixpath.join(posixpath.dirname(source), target))
    if (ROOT / path).is_dir():
        path = posixpath.join(path, "README.md")
    return path if (ROOT / path).is_file() else None


def is_in_docs(path: str) -> bool:
    return path.startswith(f"{DOCS}/")


def in_site(path: str) -> str:
    """Where a file of the repository is among the site's sources."""
    if is_in_docs(path):
        return path.removeprefix(f"{DOCS}/")
    is_page = path.endswith(".md") or PurePosixPath(path).suffix in PICTURES
    return f"{IN_SITE}/{path}" if is_page else f"{IN_SITE}/{path}.md"


def as_file(path: str, config: Any) -> File:
    if path.endswith(".md") or PurePosixPath(path).suffix in PICTURES:
        return File.generated(config, in_site(path), abs_src_path=os.fspath(ROOT / path))
    text = (ROOT / path).read_text(encoding="utf-8")
    longest = max((len(ticks) for ticks in re.findall(r"`{3,}", text)), default=2)
    fence = "`" * (longest + 1)
    language = LANGUAGES.get(PurePosixPath(path).suffix, "text")
    return File.generated(config, in_site(path), content=f"# {path}\n\n{fence}{language}\n{text}\n{fence}\n")
