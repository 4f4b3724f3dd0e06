"""JSON-RPC as the Language Server Protocol uses it, over pygls' converter and its book of requests in flight.

pygls serves as the wire and no more. Dispatch is ours, because pygls 2.1 structures every nested object that has a
``jsonrpc`` key as a message of its own, gives no reply at all to a request whose params don't fit, none after
``shutdown``, the wrong one before ``initialize``, and sends tracebacks to the client. Everything here runs on the event
loop's thread; :meth:`Protocol._send_data` is where any other thread would be caught.
"""

from __future__ import annotations

import asyncio
import json
import logging
import threading
import traceback
from collections.abc import Awaitable, Callable
from typing import Any

from lsprotocol import types
from pygls.protocol import default_converter
from pygls.protocol.json_rpc import JsonRPCProtocol

from kernelagent_lsp.wire import failure
from kernelagent_lsp.wire.failure import RequestFailure
from kernelagent_lsp.wire.lifecycle import Lifecycle

logger = logging.getLogger(__name__)

Handler = Callable[[Any], Any]
"""Takes the params, gives the result or an awaitable of it."""


class Protocol(JsonRPCProtocol):
    """One client's connection: bodies in through :meth:`receive`, frames out through ``write``.

    What a client answers to a request of ours is given to its future as raw JSON.
    """

    def __init__(self, handlers: dict[str, tuple[type | None, Handler]], write: Callable[[bytes], None]) -> None:
        """``handlers``: by method, the type of its params (``None``: raw JSON) and what answers it."""
        # pygls asks its server only to report errors, which it never gets to see here.
        super().__init__(None, default_converter())  # type: ignore[arg-type,no-untyped-call]
        self._handlers = handlers
        self._write = write
        self._thread = threading.get_ident()
        self._tasks: dict[int | str, asyncio.Task[Any]] = {}
        self.lifecycle = Lifecycle()

    # What comes in

    def receive(self, body: bytes) -> None:
        """Take one message. Never raises: what can't be understood is answered with an error where it has an id."""
        try:
            message = json.loads(body)
        except (ValueError, RecursionError):
            self._respond_error(None, RequestFailure(failure.PARSE_ERROR, "The message is not JSON."))
            return
        if not isinstance(message, dict):
            self._respond_error(None, RequestFailure(failure.INVALID_REQUEST, "A message is one JSON object."))
        elif "method" not in message:
            self._take_response(message)
        elif "id" in message:
            self._take_request(message)
        else:
            self._take_notification(message)

    def _take_response(self, message: dict[str, Any]) -> None:
        msg_id = message.get("id")
        if not isinstance(msg_id, (str, int)) or msg_id not in self._request_futures:
            logger.warning("A response to no request of ours was dropped.")
            return
        future = self._request_futures.pop(msg_id)
        self._result_types.pop(msg_id, None)
        if not future.set_running_or_notify_cancel():
            return
        error = message.get("error")
        if error is None:
            future.set_result(message.get("result"))
            return
        text = error.get("message") if isinstance(error, dict) else None
        code = error.get("code") if isinstance(error, dict) else None
        code = code if isinstance(code, int) else failure.INTERNAL_ERROR
        future.set_exception(RequestFailure(code, str(text or "no reason given")))

    def _take_request(self, message: dict[str, Any]) -> None:
        msg_id, method = message["id"], message["method"]
        if isinstance(msg_id, bool) or not isinstance(msg_id, (str, int)) or not isinstance(method, str):
            self._respond_error(None, RequestFailure(failure.INVALID_REQUEST, "The id or the method has a wrong type."))
            return
        try:
            self.lifecycle.admit_request(method)
            result = self._call(method, message.get("params"))
        except RequestFailure as exc:
            self._respond_error(msg_id, exc)
        except Exception as exc:  # noqa: BLE001 - a defect in a handler must not cost the client its answer
            self._respond_error(msg_id, _internal(method, exc))
        else:
            if isinstance(result, Awaitable):
                self._answer_later(msg_id, method, result)
            else:
                self._respond(msg_id, result)

    def _take_notification(self, message: dict[str, Any]) -> None:
        method = message["method"]
        if method == types.CANCEL_REQUEST:
            self._cancel_request(message.get("params"))
        elif isinstance(method, str) and self.get_result_type(method) is not None:
            logger.warning("%s without an id was ignored: it is a request.", method)
        elif isinstance(method, str) and self.lifecycle.admits_notification(method):
            try:
                self._call(method, message.get("params"))
            except RequestFailure as exc:
                if exc.code != failure.METHOD_NOT_FOUND:  # the client may say what it likes: $/…, and what is newer
                    logger.warning("%s was ignored: %s", method, exc.message)
            except Exception as exc:  # noqa: BLE001 - as above; a notification has no answer, so the log has it
                _internal(method, exc)

    def _call(self, method: str, params: Any) -> Any:
        row = self._handlers.get(method)
        if row is None:
            raise RequestFailure(failure.METHOD_NOT_FOUND, f"This server has no method {method}.")
        params_type, handler = row
        if params_type is not None:
            try:
                params = self._converter.structure(params, params_type)
            except Exception as exc:
                logger.debug("%s: params that don't fit: %s", method, type(exc).__name__)
                raise failure.invalid_params(f"The params of {method} don't fit the protocol.") from exc
        return handler(params)

    def _answer_later(self, msg_id: int | str, method: str, result: Awaitable[Any]) -> None:
        async def answer() -> None:
            try:
                self._respond(msg_id, await result)
            except RequestFailure as exc:
                self._respond_error(msg_id, exc)
            except asyncio.CancelledError:
                self._respond_error(msg_id, RequestFailure(failure.REQUEST_CANCELLED, "The request was cancelled."))
            except Exception as exc:  # noqa: BLE001 - as for a handler that answers at once
                self._respond_error(msg_id, _internal(method, exc))
            finally:
                self._tasks.pop(msg_id, None)

        self._tasks[msg_id] = asyncio.ensure_future(answer())

    def _cancel_request(self, params: Any) -> None:
        msg_id = params.get("id") if isinstance(params, dict) else None
        task = self._tasks.get(msg_id) if isinstance(msg_id, (int, str)) else None
        if task is not None:
            task.cancel()

    def cancel_open_requests(self) -> None:
        """Answer every request that is still open with "cancelled"."""
        for task in tuple(self._tasks.values()):
            task.cancel()

    # What goes out

    def get_message_type(self, method: str) -> Any:
        return types.METHOD_TO_TYPES.get(method, (None,))[0]

    def get_result_type(self, method: str) -> Any:
        return types.METHOD_TO_TYPES.get(method, (None, None))[1]

    def _respond(self, msg_id: int | str, result: Any) -> None:
        self._send_data({"jsonrpc": "2.0", "id": msg_id, "result": result})

    def _respond_error(self, msg_id: int | str | None, error: RequestFailure) -> None:
        self._send_data({"jsonrpc": "2.0", "id": msg_id, "error": error.to_json()})

    def _send_data(self, data: Any) -> None:
        if threading.get_ident() != self._thread:
            raise AssertionError("only the event loop's thread writes to the client")
        self._write(json.dumps(data, default=self._serialize_message, separators=(",", ":")).encode("ascii"))


def _internal(method: str, exc: Exception) -> RequestFailure:
    """The answer for a defect. The log gets the place, not the message: it may quote a document."""
    where = "".join(traceback.format_tb(exc.__traceback__))
    logger.error("%s in %s\n%s", type(exc).__name__, method, where)
    return RequestFailure(
        failure.INTERNAL_ERROR, f"{method} failed ({type(exc).__name__}); the server's log says where."
    )
