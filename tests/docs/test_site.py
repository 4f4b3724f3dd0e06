"""The site: built without a warning, with no link that leads nowhere, and nothing that is fetched from the network."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import pytest

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Page(HTMLParser):
    """What a built page links to, what it loads, and which anchors it has."""

    links: list[str] = field(default_factory=list)
    loads: list[str] = field(default_factory=list)
    anchors: set[str] = field(default_factory=set)
    headings: int = 0

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.headings += tag == "h1"
        if identifier := given.get("id"):
            self.anchors.add(identifier)
        if tag == "a" and (target := given.get("href")):
            self.links.append(target)
        for name in ("src", "href") if tag != "a" else ():
            if (target := given.get(name)) and given.get("rel") not in {"canonical", "prev", "next"}:
                self.loads.append(target)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    done = subprocess.run(
        [sys.executable, "scripts/docs.py", "--out", str(folder)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    said = done.stdout + done.stderr
    assert done.returncode == 0, said
    assert "WARNING" not in said and "ERROR" not in said, said
    return folder


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[Path, Page]:
    read = {}
    for file in sorted(site.rglob("*.html")):
        page = read[file] = Page()
        page.feed(file.read_text(encoding="utf-8"))
    return read


def test_each_page_of_the_docs_is_in_the_site(site: Path, pages: dict[Path, Page]) -> None:
    for source in (ROOT / "docs").rglob("*.md"):
        built = (site / source.relative_to(ROOT / "docs")).with_suffix(".html")
        if source.name == "README.md":
            built = built.with_name("index.html")
        assert pages[built].headings == 1, source


def test_each_link_leads_to_a_page_and_its_anchor(site: Path, pages: dict[Path, Page]) -> None:
    broken = []
    for file, page in pages.items():
        if file.name == "404.html":  # is shown for any address, so its links are those of a server
            continue
        for target in [*page.links, *page.loads]:
            if target.startswith(("http:", "https:", "data:", "javascript:")):
                continue
            path, _, anchor = target.partition("#")
            linked = (file.parent / unquote(path)).resolve() if path else file
            if not linked.is_file() or (anchor and linked in pages and unquote(anchor) not in pages[linked].anchors):
                broken.append(f"{file.relative_to(site)} → {target}")
    assert broken == []


def test_nothing_is_loaded_from_the_network(pages: dict[Path, Page]) -> None:
    assert [
        target for page in pages.values() for target in page.loads if target.startswith(("http:", "https:", "//"))
    ] == []
