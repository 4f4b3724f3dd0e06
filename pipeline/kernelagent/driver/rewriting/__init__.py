"""The orchestrator: a module that does not export, rewritten by models as modules that do, and run beside it."""
