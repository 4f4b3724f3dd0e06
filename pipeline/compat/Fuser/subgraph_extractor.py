"""KernelAgent's ``python -m Fuser.subgraph_extractor``."""

from kernelagent.cli.from_kernelagent.stages import extract as main

if __name__ == "__main__":
    raise SystemExit(main())
