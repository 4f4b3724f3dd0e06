"""Processor time that linting takes: python tests/bench/lint_speed.py [FILE...]

Without files: the honest kernels of the judge's corpus, each alone, and put together to a file of about 2,000 lines.
"""

from __future__ import annotations

import statistics
import sys
import time
from pathlib import Path

from kernelagent.lint.linter import lint

HONEST = Path(__file__).resolve().parents[1] / "adversarial/honest"


def milliseconds(text: str, runs: int) -> list[float]:
    found = []
    for _ in range(runs):
        begin = time.process_time()
        lint(text)
        found.append((time.process_time() - begin) * 1e3)
    return found


def show(name: str, text: str, runs: int = 15) -> None:
    times = milliseconds(text, runs)
    lines = text.count("\n")
    print(f"{name:40} {lines:6} lines   median {statistics.median(times):7.1f} ms   worst {max(times):7.1f} ms")


def main(files: list[str]) -> None:
    if files:
        for name in files:
            show(name, Path(name).read_text(encoding="utf-8"))
        return
    texts = [file.read_text(encoding="utf-8") for file in sorted(HONEST.glob("*.py"))]
    alone = [min(milliseconds(text, 5)) for text in texts]
    print(f"{len(texts)} kernel files alone: median {statistics.median(alone):.1f} ms, worst {max(alone):.1f} ms")
    together = ""
    for number, text in enumerate(texts):
        if together.count("\n") >= 2000:
            break
        body = text.replace("def kernel_function", f"def kernel_function_{number}")
        together += body.replace("from __future__ import annotations\n", "")
    show("put together", together)
    show("twice that", together * 2)


if __name__ == "__main__":
    main(sys.argv[1:])
