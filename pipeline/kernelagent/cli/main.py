"""Entry point of ``kernelagent``. Imports late, so that Ctrl-C at any moment ends quietly and ``--help`` is quick."""

from __future__ import annotations

import gc
import json
import sys


def main() -> None:
    try:
        from kernelagent.cli.group import run

        status = run(sys.argv[1:])
        sys.stdout.flush()
    except KeyboardInterrupt:
        status = 130
        print("Cancelled.", file=sys.stderr)
        if "--json" in sys.argv:  # before any run began
            error = {"code": "Cancelled", "message": "interrupted", "hint": ""}
            print(json.dumps({"status": "cancelled", "error": error}))
    except OSError as exc:
        from kernelagent.cli.standard_output import has_ended, status_at_end

        if not has_ended(exc):
            raise
        status = status_at_end(exc)
    gc.freeze()  # or the interpreter looks through all that SDKs have made, for a quarter of a second, before it ends
    sys.exit(status)


if __name__ == "__main__":
    main()
