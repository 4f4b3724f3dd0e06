"""Settings: as a user typed them (``options``), and resolved (``settings``)."""
