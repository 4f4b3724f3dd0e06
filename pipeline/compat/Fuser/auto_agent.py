"""KernelAgent's ``python -m Fuser.auto_agent``."""

from kernelagent.cli.from_kernelagent.auto_agent import main

if __name__ == "__main__":
    raise SystemExit(main())
