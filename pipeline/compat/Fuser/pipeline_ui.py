"""KernelAgent's ``python -m Fuser.pipeline_ui``."""

from kernelagent.cli.from_kernelagent.web_pages import pipeline_ui as main

if __name__ == "__main__":
    raise SystemExit(main())
