"""Long work: jobs in threads of their own, spoken to by typed messages on the event loop."""
