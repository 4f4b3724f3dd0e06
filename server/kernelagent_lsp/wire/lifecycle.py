"""What a client may ask when: nothing before ``initialize``, nothing but ``exit`` after ``shutdown``."""

from __future__ import annotations

from lsprotocol import types

from kernelagent_lsp.wire import failure
from kernelagent_lsp.wire.failure import RequestFailure


class Lifecycle:
    """Where a connection stands."""

    def __init__(self) -> None:
        self.initialized = False
        self.shut_down = False

    def admit_request(self, method: str) -> None:
        """Raise the protocol's own error for a request that may not come now."""
        if self.shut_down:
            raise RequestFailure(failure.INVALID_REQUEST, "The server was shut down.")
        if method == types.INITIALIZE:
            if self.initialized:
                raise RequestFailure(failure.INVALID_REQUEST, "The server is initialized already.")
        elif not self.initialized:
            raise RequestFailure(failure.SERVER_NOT_INITIALIZED, "The first request must be initialize.")

    def admits_notification(self, method: str) -> bool:
        """Whether a notification is heard; others are dropped, as the protocol says."""
        return method == types.EXIT or (self.initialized and not self.shut_down)

    @property
    def exit_status(self) -> int:
        """Of the process, when it ends now."""
        return 0 if self.shut_down else 1
