"""``triton-ui``: KernelAgent's name for the page of the direct agent."""

from __future__ import annotations

import sys

from kernelagent.cli.from_kernelagent.web_pages import triton_ui


def main() -> None:
    sys.exit(triton_ui(None))


if __name__ == "__main__":
    main()
