"""KernelAgent's ``python -m Fuser.cli``."""

from kernelagent.cli.from_kernelagent.stages import orchestrate as main

if __name__ == "__main__":
    raise SystemExit(main())
