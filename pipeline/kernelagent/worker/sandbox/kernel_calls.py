"""System calls that Python has no function for, through the C library."""

from __future__ import annotations

import ctypes
import errno
import os
import platform

MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC = 1, 2, 4, 8
MS_REMOUNT, MS_BIND, MS_REC, MS_PRIVATE = 32, 4096, 16384, 1 << 18

_libc = ctypes.CDLL(None, use_errno=True)


def _checked(result: int, what: str) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
    return result


def unshare(flags: int) -> None:
    _checked(_libc.unshare(ctypes.c_int(flags)), "unshare")


def mount(source: str, target: str, kind: str | None, flags: int, data: str | None = None) -> None:
    _checked(
        _libc.mount(
            source.encode(),
            target.encode(),
            kind.encode() if kind else None,
            ctypes.c_ulong(flags),
            data.encode() if data else None,
        ),
        f"mount {target}",
    )


def unmount(target: str) -> None:
    at_once_and_when_unused = 2
    _checked(_libc.umount2(target.encode(), ctypes.c_int(at_once_and_when_unused)), f"umount2 {target}")


class _MountAttributes(ctypes.Structure):
    _fields_ = (
        ("set", ctypes.c_uint64),
        ("clear", ctypes.c_uint64),
        ("propagation", ctypes.c_uint64),
        ("user_namespace", ctypes.c_uint64),
    )


def set_mount_attributes(path: str, *, add: int = 0, remove: int = 0, recursive: bool = False) -> None:
    """``mount_setattr`` (Linux 5.12): change flags of a mount, and of all below it, in one step."""
    attributes = _MountAttributes(add, remove, 0, 0)
    result = _libc.syscall(
        ctypes.c_long(442),  # the same number on every architecture
        ctypes.c_int(-100),
        path.encode(),
        ctypes.c_uint(0x8000 if recursive else 0),
        ctypes.byref(attributes),
        ctypes.c_size_t(ctypes.sizeof(attributes)),
    )
    _checked(result, f"mount_setattr {path}")


def prctl(option: int, *arguments: int) -> int:
    padded = [*arguments, 0, 0, 0, 0][:4]
    return _checked(_libc.prctl(option, *(ctypes.c_ulong(value) for value in padded)), f"prctl {option}")


def capset_none() -> None:
    """Give up every capability: effective, permitted and inheritable."""
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)
    data = (ctypes.c_uint32 * 6)()
    _checked(_libc.capset(header, data), "capset")


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_void_p))


def install_filter(program: bytes) -> None:
    """Install a seccomp program (an array of ``struct sock_filter``)."""
    buffer = ctypes.create_string_buffer(program, len(program))
    description = _Program(len(program) // 8, ctypes.addressof(buffer))
    _checked(_libc.prctl(22, ctypes.c_ulong(2), ctypes.byref(description), 0, 0), "seccomp")


def install_listening_filter(program: bytes) -> int:
    """The same; returns the descriptor on which the kernel asks about calls that the program wants asked about."""
    number = {"x86_64": 317, "aarch64": 277}.get(platform.machine())
    if number is None:
        raise OSError(errno.ENOSYS, "seccomp: not known on this architecture")
    buffer = ctypes.create_string_buffer(program, len(program))
    description = _Program(len(program) // 8, ctypes.addressof(buffer))
    mode_filter, new_listener = 1, 8
    result = _libc.syscall(
        ctypes.c_long(number), ctypes.c_uint(mode_filter), ctypes.c_uint(new_listener), ctypes.byref(description)
    )
    return _checked(int(result), "seccomp")


_LANDLOCK_CREATE, _LANDLOCK_ADD, _LANDLOCK_RESTRICT = 444, 445, 446
"""The same numbers on every architecture."""


def landlock_version() -> int:
    """0 where this kernel has no Landlock."""
    result = _libc.syscall(ctypes.c_long(_LANDLOCK_CREATE), None, ctypes.c_size_t(0), ctypes.c_uint32(1))
    return max(0, int(result))


def landlock_ruleset(attributes: bytes) -> int:
    result = _libc.syscall(
        ctypes.c_long(_LANDLOCK_CREATE), attributes, ctypes.c_size_t(len(attributes)), ctypes.c_uint32(0)
    )
    return _checked(int(result), "landlock_create_ruleset")


def landlock_allow(rules: int, path_beneath: bytes) -> None:
    below_a_path = 1
    result = _libc.syscall(
        ctypes.c_long(_LANDLOCK_ADD), ctypes.c_int(rules), ctypes.c_int(below_a_path), path_beneath, ctypes.c_uint32(0)
    )
    _checked(int(result), "landlock_add_rule")


def landlock_restrict(rules: int) -> None:
    result = _libc.syscall(ctypes.c_long(_LANDLOCK_RESTRICT), ctypes.c_int(rules), ctypes.c_uint32(0))
    _checked(int(result), "landlock_restrict_self")
