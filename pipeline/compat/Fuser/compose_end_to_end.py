"""KernelAgent's ``python -m Fuser.compose_end_to_end``."""

from kernelagent.cli.from_kernelagent.stages import compose as main

if __name__ == "__main__":
    raise SystemExit(main())
