"""Other machines by way of Ray: the connection, workers there that are leased, and files that go over and back."""
