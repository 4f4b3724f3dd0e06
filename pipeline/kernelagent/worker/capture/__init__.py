"""From a module to a :class:`~kernelagent.worker.capture.graph.Graph`: operators, symbolic shapes, source lines."""
