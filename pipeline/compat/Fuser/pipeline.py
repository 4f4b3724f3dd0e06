"""KernelAgent's ``python -m Fuser.pipeline``."""

from kernelagent.cli.from_kernelagent.pipeline import main

if __name__ == "__main__":
    raise SystemExit(main())
