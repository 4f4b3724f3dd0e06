"""Builds the documentation's site in ``site/``: ``python scripts/docs.py``. ``--serve`` shows it on 127.0.0.1.

Needs what the extra ``[docs]`` has, and no network. A warning, such as of a link to a heading that is not there, is an
error.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def main() -> int:
    parser = argparse.ArgumentParser(description="Build the documentation's site.")
    parser.add_argument("--out", type=Path, default=ROOT / "site", help="the folder that gets it (site/)")
    parser.add_argument("--serve", action="store_true", help="serve it instead, and build it anew when a page changes")
    parser.add_argument("--port", type=int, default=8000, help="of --serve (8000)")
    arguments = parser.parse_args()
    mkdocs = [sys.executable, "-m", "mkdocs"]
    if arguments.serve:
        command = [*mkdocs, "serve", "--dev-addr", f"127.0.0.1:{arguments.port}"]
    else:
        command = [*mkdocs, "build", "--strict", "--clean", "--site-dir", str(arguments.out.resolve())]
    try:
        # The theme's word on its successor is not about our pages.
        return subprocess.run(command, cwd=ROOT, env={**os.environ, "NO_MKDOCS_2_WARNING": "1"}, check=False).returncode
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
