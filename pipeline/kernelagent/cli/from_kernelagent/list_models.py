"""``list-models``: KernelAgent's name for ``kernelagent models``."""

from __future__ import annotations

import sys

from kernelagent.cli.group import run


def main() -> None:
    sys.exit(run(["models", *sys.argv[1:]]))


if __name__ == "__main__":
    main()
