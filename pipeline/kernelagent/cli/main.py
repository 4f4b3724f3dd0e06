"""Entry point of ``kernelagent``. Imports late, so that Ctrl-C at any moment ends quietly and ``--help`` is quick."""

from __future__ import annotations

import json
import os
import sys


def main() -> None:
    try:
        from kernelagent.cli.group import run

        status = run(sys.argv[1:])
    except KeyboardInterrupt:
        status = 130
        print("Cancelled.", file=sys.stderr)
        if "--json" in sys.argv:  # before any run began
            error = {"code": "Cancelled", "message": "interrupted", "hint": ""}
            print(json.dumps({"status": "cancelled", "error": error}))
    except BrokenPipeError:  # the reader of our output (head, less) has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = 1
    sys.exit(status)


if __name__ == "__main__":
    main()
