"""The pages of the gallery have the modules, the pictures and the kernels of now. That these are right is the judge's
to say: the script that writes the pages verifies each, and with ``--whole`` this does, too."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

import pytest
from warm_command_line import Warm, warm, warm_pool  # noqa: F401

ROOT = Path(__file__).resolve().parents[2]
GALLERY: dict[str, Any] = runpy.run_path(str(ROOT / "scripts/gallery.py"))


@pytest.mark.parametrize("module", GALLERY["MODULES"], ids=lambda module: module.stem)
def test_a_page_has_what_is_written_now(
    module: Path,
    tmp_path: Path,
    warm: Warm,  # noqa: F811
    request: pytest.FixtureRequest,
) -> None:
    whole = request.config.getoption("--whole")
    options = ["--device", "cpu", "--provider", "builtin", "--fresh", *([] if whole else ["--no-verify"])]
    done = warm("fuse", module, "--run-dir", tmp_path / "run", *options, cwd=tmp_path)
    made = GALLERY["piece"](module, tmp_path / "run")
    assert made.result["status"] == ("verified" if whole else "unverified"), done
    text = (ROOT / f"docs/gallery/{module.stem}.md").read_text(encoding="utf-8")
    assert f"```python\n{made.source}```" in text, "write the pages anew: python scripts/gallery.py"
    assert f"```python\n{made.kernels}```" in text, "write the pages anew: python scripts/gallery.py"
    assert (ROOT / f"docs/gallery/{module.stem}.svg").read_text(encoding="utf-8") == made.picture


def test_each_module_has_a_page_and_each_page_a_module() -> None:
    named = sorted(module.stem for module in GALLERY["MODULES"])
    assert named == sorted(GALLERY["TITLES"])
    assert named == sorted(page.stem for page in (ROOT / "docs/gallery").glob("*.md") if page.name != "README.md")
    listed = (ROOT / "docs/gallery/README.md").read_text(encoding="utf-8")
    assert all(f"({name}.md)" in listed for name in named)
