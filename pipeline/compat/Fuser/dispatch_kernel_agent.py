"""KernelAgent's ``python -m Fuser.dispatch_kernel_agent``."""

from kernelagent.cli.from_kernelagent.stages import dispatch as main

if __name__ == "__main__":
    raise SystemExit(main())
