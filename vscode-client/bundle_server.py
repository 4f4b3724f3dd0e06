"""Fills bundled/packages with the language server, for a .vsix that needs no installed one.

Our two packages are copied from this repository; what they need is installed from bundled/requirements.txt, whose
digests pip checks. Run by ``npm run package``, with any Python that has pip.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).absolute().parent
PACKAGES = HERE / "bundled" / "packages"
OURS = ("server/kernelagent_lsp", "pipeline/kernelagent")
LEFT_OUT = shutil.ignore_patterns("__pycache__", "*.pyc")


def main() -> None:
    shutil.rmtree(PACKAGES, ignore_errors=True)
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile"]
    # Told what to take, not asked what fits: the wheels must do on every system, not only on this one.
    anywhere = ["--platform", "any", "--implementation", "py", "--abi", "none", "--python-version", "3.10"]
    pinned = ["--no-deps", "--only-binary=:all:", "--require-hashes", "-r", str(HERE / "bundled" / "requirements.txt")]
    subprocess.run([*pip, *anywhere, *pinned, "--target", str(PACKAGES)], check=True)
    shutil.rmtree(PACKAGES / "bin", ignore_errors=True)
    for package in OURS:
        source = HERE.parent / package
        shutil.copytree(source, PACKAGES / source.name, ignore=LEFT_OUT)


if __name__ == "__main__":
    main()
