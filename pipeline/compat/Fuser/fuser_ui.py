"""KernelAgent's ``python -m Fuser.fuser_ui``."""

from kernelagent.cli.from_kernelagent.web_pages import fuser_ui as main

if __name__ == "__main__":
    raise SystemExit(main())
