"""What a candidate may not do, layer by layer: each layer is put in force, tried, and only then reported."""

from kernelagent.worker.sandbox.entry import enter, layers_available

__all__ = ["enter", "layers_available"]
