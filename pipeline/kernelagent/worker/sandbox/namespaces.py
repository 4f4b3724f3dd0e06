"""Namespaces of its own: no network, no sight of other processes, a private view of the file system."""

from __future__ import annotations

import fcntl
import os
import socket
import struct
import sys

from kernelagent.worker.sandbox import kernel_calls

_FLAGS = {"user": 0x10000000, "mount": 0x00020000, "net": 0x40000000, "pid": 0x20000000, "ipc": 0x08000000}


def unshare() -> frozenset[str]:
    """Leave as many of the common namespaces as this machine allows; returns which."""
    if not sys.platform.startswith("linux"):
        return frozenset()
    attempts = [("user", "mount", "net", "pid", "ipc"), ("user", "mount", "net", "ipc"), ("user", "net"), ("user",)]
    if os.geteuid() == 0:  # in a container that forbids user namespaces root may still have the others
        attempts[1:1] = [("mount", "net", "pid", "ipc"), ("mount", "net", "ipc"), ("net",)]
    uid, gid = os.getuid(), os.getgid()
    for names in attempts:
        try:
            kernel_calls.unshare(sum(_FLAGS[name] for name in names))
        except OSError:
            continue
        if "user" in names:
            _map_own_identity(uid, gid)
        return frozenset(names)
    return frozenset()


def _map_own_identity(uid: int, gid: int) -> None:
    for file, text in (("setgroups", "deny"), ("uid_map", f"{uid} {uid} 1"), ("gid_map", f"{gid} {gid} 1")):
        with open(f"/proc/self/{file}", "w", encoding="ascii") as stream:
            stream.write(text)


def sees_no_other_process() -> bool:
    """This process is the first of its namespace, and ``/proc`` shows this one only."""
    return os.getpid() == 1 and sorted(name for name in os.listdir("/proc") if name.isdigit()) == ["1"]


def sees_ancestors_only() -> bool:
    """``/proc`` shows this process and those that it descends from: what bubblewrap started."""
    known = {1}
    try:
        current = int(os.readlink("/proc/self"))  # by the numbers of this /proc, which may be an outer namespace's
    except OSError:
        return False
    while current > 1:
        known.add(current)
        try:
            with open(f"/proc/{current}/stat", encoding="utf-8", errors="replace") as stream:
                current = int(stream.read().rpartition(")")[2].split()[1])
        except OSError:
            return False
    return {int(name) for name in os.listdir("/proc") if name.isdigit()} <= known


def first_process() -> str:
    """Name of the first process that is to be seen; empty where none is."""
    try:
        with open("/proc/1/comm", encoding="utf-8", errors="replace") as stream:
            return stream.read().strip()
    except OSError:
        return ""


def raise_loopback() -> bool:
    """Switch on the one interface of a network namespace of its own. Needs capabilities that are dropped later."""
    up, set_flags = 0x1, 0x8914
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
            fcntl.ioctl(any_socket, set_flags, struct.pack("16sh14x", b"lo", up))
    except OSError:
        return False
    return True


def has_no_network() -> bool:
    """Neither a socket towards an address nor an interface to send on. Nothing is sent by trying."""
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as trial:
            trial.connect(("192.0.2.1", 9))  # reserved for documentation
    except OSError:
        return True
    return False
