"""Makes the pictures of the extension's README and walkthrough from the campaign's screenshots.

    python tests/e2e/vscode/pictures.py FOLDER

FOLDER is what ``campaign.mjs --theme dark,light --pictures FOLDER`` wrote. Needs Pillow. Look at them before they are
committed: less than 600 kB in all.
"""

from __future__ import annotations

import sys
from pathlib import Path

from PIL import Image

CLIENT = Path(__file__).absolute().parents[3] / "vscode-client"
COLOURS = 96

README = {
    "running": ("running", (0, 0, 1280, 800)),
    "verified": ("verified", (0, 0, 1280, 800)),
    "status": ("status", (640, 600, 1280, 800)),
    "review": ("review-from-question", (0, 0, 1280, 800)),
    "stale": ("stale", (0, 0, 1280, 500)),
    "key": ("key-entry", (300, 0, 980, 130)),
}
"""By name the screenshot, dark, and the part of it."""

WALKTHROUGH = {
    "step-python": ("status", (640, 600, 1280, 800)),
    "step-open": ("welcome-view", (352, 0, 992, 430)),
    "step-fuse": ("running", (0, 0, 640, 430)),
    "step-apply": ("verified", (0, 0, 640, 430)),
}
"""By name the screenshot, dark and light, and the part of it."""


def main() -> None:
    taken = Path(sys.argv[1])
    for name, (source, box) in README.items():
        save(taken / f"{source}-dark.png", box, CLIENT / "images" / f"{name}.png")
    for name, (source, box) in WALKTHROUGH.items():
        for theme in ("dark", "light"):
            save(taken / f"{source}-{theme}.png", box, CLIENT / "media" / f"{name}-{theme}.png")


def save(source: Path, box: tuple[int, int, int, int], target: Path) -> None:
    target.parent.mkdir(exist_ok=True)
    part = Image.open(source).convert("RGB").crop(box)
    part.quantize(COLOURS, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).save(target, optimize=True)


if __name__ == "__main__":
    main()
