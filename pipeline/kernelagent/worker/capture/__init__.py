"""From a module to a :class:`~kernelagent.worker.capture.graph.Graph`: ATen operators, symbolic shapes, source lines."""
