"""Every new process or thread of the sandbox needs leave, given from outside by the process that watches over it.

``RLIMIT_NPROC`` does not count root's processes, control groups need rights that few users have, and looking into
``/proc`` now and then loses against a fork bomb: on two cores ten thousand processes stand before the second look. So
the kernel asks (seccomp's user notification, Linux 5.5): the call that starts a process waits until it is answered, and
the bound is exact whoever runs it, however fast. See ``seccomp_unotify(2)``.
"""

from __future__ import annotations

import errno
import fcntl
import os
import select
import socket
import struct
from collections.abc import Callable

from kernelagent.worker.sandbox import kernel_calls

_RECEIVE, _SEND = 0xC0502100, 0xC0182101
_NOTIFICATION, _ANSWER = struct.Struct("=QIIiIQ6Q"), struct.Struct("=Qqii")
_CONTINUE = 1
_CLONE = (56, 220)
"""``clone`` on x86-64 and on AArch64. (``clone3`` hides its flags from the filter, which denies it: the C library then
takes this one.)"""
CLONE_THREAD = 0x00010000


class Doorkeeper:
    """The outer end. ``living`` counts processes and tasks (threads included) that are there now."""

    def __init__(self, most_processes: int, most_tasks: int, living: Callable[[], tuple[int, int]]) -> None:
        self._most = (most_processes, most_tasks)
        self._living = living
        self._at_most = [1, 1]
        """Never less than there are: what was counted last, and one more for each that was let in since."""
        self._channel: socket.socket | None
        self._channel, self.inner = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        self._listener: int | None = None

    def open(self) -> None:
        """After the fork: the other end belongs to the child now."""
        self.inner.close()

    def close(self) -> None:
        """In the child, whose end is ``inner``."""
        if self._channel is not None:
            self._channel.close()
            self._channel = None

    def wait(self, seconds: float, ends: list[int]) -> bool:
        """Answer what is asked within that time, or until one of ``ends`` can be read; ``False`` when there are too
        many and all must end."""
        waiting = [end for end in (self._listener, self._channel) if end is not None]
        ready = select.select([*waiting, *ends], [], [], seconds)[0]
        if self._channel in ready and self._channel is not None:
            self._take_listener(self._channel)
            return True
        return self._listener not in ready or self._answer()

    def _take_listener(self, channel: socket.socket) -> None:
        """The child sends the descriptor on which the kernel asks, or hangs up where it has none."""
        try:
            _, descriptors, _, _ = socket.recv_fds(channel, 1, 1)
        except OSError:
            descriptors = []
        channel.close()
        self._channel = None
        self._listener = descriptors[0] if descriptors else None

    def _answer(self) -> bool:
        listener = self._listener
        if listener is None:
            return True
        buffer = bytearray(_NOTIFICATION.size)
        try:
            fcntl.ioctl(listener, _RECEIVE, buffer)
        except OSError as exc:
            if exc.errno not in (errno.ENOENT, errno.EINTR):  # whoever asked has been killed meanwhile
                os.close(listener)
                self._listener = None
            return True
        identity, _, _, call, _, _, flags, *_ = _NOTIFICATION.unpack(buffer)
        process = not (call in _CLONE and flags & CLONE_THREAD)  # fork and vfork have no flags
        self._at_most = [self._at_most[0] + process, self._at_most[1] + 1]
        if self._too_many():
            processes, tasks = self._living()
            self._at_most = [processes + process, tasks + 1]
            if self._too_many():
                return False
        try:
            fcntl.ioctl(listener, _SEND, _ANSWER.pack(identity, 0, 0, _CONTINUE))
        except OSError as exc:
            if exc.errno != errno.ENOENT:
                raise
        return True

    def _too_many(self) -> bool:
        return any(there > most for there, most in zip(self._at_most, self._most, strict=True))


def ask_outside(program: bytes, inner: socket.socket) -> bool:
    """In the sandbox: install ``program``, whose calls of interest then wait for leave, and hand over who is asked."""
    try:
        listener = kernel_calls.install_listening_filter(program)
    except OSError:
        inner.close()
        return False
    try:
        socket.send_fds(inner, [b"x"], [listener])
    finally:
        os.close(listener)
        inner.close()
    return True
