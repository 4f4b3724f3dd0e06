"""Starts the bundled server: the packages beside this file go before all others of the Python that runs it."""

import sys
from pathlib import Path

if sys.version_info < (3, 10):  # noqa: UP036 - who runs this has said which Python
    sys.exit(f"KernelAgent needs Python 3.10 or newer; {sys.executable} is {sys.version.split()[0]}.")

sys.path.insert(0, str(Path(__file__).resolve().parent / "packages"))

from kernelagent_lsp.__main__ import main

main()
