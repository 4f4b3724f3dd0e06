"""``python -m tests.libraries.campaign --out FOLDER``: modules of torchvision, timm and transformers through
``kernelagent batch``, and a table of what came of each. Libraries that are not installed are left out, and named;
nothing is downloaded, for all weights are random. What was answered is kept in FOLDER: the same command goes on where
it was stopped. Status 1 where a module is not verified (with ``--no-verify``: not synthesized)."""

from __future__ import annotations

import argparse
import importlib.util
import json
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.libraries import timm_modules, torchvision_modules, transformers_modules
from tests.libraries.row import Row, text_of

LIBRARIES: dict[str, dict[str, Row]] = {
    "torchvision": torchvision_modules.MODULES,
    "timm": timm_modules.MODULES,
    "transformers": transformers_modules.MODULES,
}


def write_problems(folder: Path, match: str) -> list[Path]:
    """A file for each module of the libraries that are installed."""
    written = []
    for library, modules in LIBRARIES.items():
        if importlib.util.find_spec(library) is None:
            print(f"{library} is not installed: its {len(modules)} modules are left out", file=sys.stderr)
            continue
        for name, row in modules.items():
            if match in f"{library}/{name}":
                file = folder / library / f"{name.replace(' ', '_')}.py"
                file.parent.mkdir(parents=True, exist_ok=True)
                text = text_of(row)
                if not file.exists() or file.read_text() != text:
                    file.write_text(text)
                written.append(file)
    return written


def answered(files: list[Path], given: argparse.Namespace) -> dict[str, Any]:
    """What ``kernelagent batch --json`` says of them."""
    command = [sys.executable, "-m", "kernelagent.cli", "batch", *map(str, files), "--json"]
    command += ["--folder", str(given.out / "answers"), "--jobs", str(given.jobs), "--mode", given.mode]
    command += ["--provider", "builtin", "--device", "cpu", "--budget-seconds", str(given.limit_s)]
    for flag in ("retry", "no_verify"):
        if getattr(given, flag):
            command.append(f"--{flag.replace('_', '-')}")
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    summary: dict[str, Any] = json.loads(done.stdout)
    return summary


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--match", default="", help="only modules whose library/name has this text in it")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--mode", choices=["eval", "train", "constructed"], default="eval")
    parser.add_argument("--limit-s", type=int, default=600)
    parser.add_argument("--retry", action="store_true")
    parser.add_argument("--no-verify", action="store_true")
    given = parser.parse_args()
    files = write_problems(given.out / "problems", given.match)
    if not files:
        print("No module is left: nothing was tried.")
        return 2
    entries = answered(files, given)["entries"]
    good = "unverified" if given.no_verify else "verified"
    print(f"| library | modules | {good} | median, s | longest, s |\n|---|---|---|---|---|")
    for library in LIBRARIES:
        rows = [e for e in entries if Path(e["target"].partition("::")[0]).parent.name == library]
        if rows:
            times = [e["elapsed_s"] for e in rows]
            right = sum(e["status"] == good for e in rows)
            print(f"| {library} | {len(rows)} | {right} | {statistics.median(times):.1f} | {max(times):.1f} |")
    missed = [e for e in entries if e["status"] != good]
    for e in missed:
        print(f"{e['target']}: {e['status']}: {e['reason']}")
    return int(bool(missed))


if __name__ == "__main__":
    sys.exit(main())
