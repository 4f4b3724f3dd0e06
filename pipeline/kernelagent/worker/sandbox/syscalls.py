"""A filter on system calls: no sockets, no new processes or programs, no tracing, no changes of namespaces or mounts,
nothing that escapes the limits (``uncounted.py``).

Without namespaces none of files' modes, owners and times either (``attributes.py``). Where processes are needed (the
compiler runs ptxas) each waits for leave (``process_gate.py``).

A classic BPF program for seccomp, written out by hand. Threads count as processes: what another thread computes in
PyTorch, the dispatch record of the first does not see.
"""

from __future__ import annotations

import errno
import os
import platform
import socket
import struct
from dataclasses import dataclass

from kernelagent.worker.sandbox import attributes, kernel_calls, process_gate, uncounted
from kernelagent.worker.sandbox.policy import Policy

_LOAD, _JUMP_EQUAL, _JUMP_SET, _RETURN = 0x20, 0x15, 0x45, 0x06
_ALLOW, _ASK, _ERROR = 0x7FFF0000, 0x7FC00000, 0x00050000

_ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_NUMBERS: dict[str, dict[str, int]] = {
    "x86_64": {
        **{"socket": 41, "socketpair": 53, "clone": 56, "fork": 57, "vfork": 58, "execve": 59, "ptrace": 101},
        **{"pivot_root": 155, "chroot": 161, "mount": 165, "umount2": 166, "init_module": 175, "add_key": 248},
        **{"request_key": 249, "keyctl": 250, "unshare": 272, "perf_event_open": 298, "setns": 308},
        **{"process_vm_readv": 310, "process_vm_writev": 311, "finit_module": 313, "bpf": 321, "execveat": 322},
        **{"userfaultfd": 323, "shmget": 29, "shmat": 30, "shmctl": 31, "semget": 64, "semop": 65, "msgget": 68},
        **{"semctl": 66, "msgrcv": 70, "msgctl": 71, "semtimedop": 220, "mq_unlink": 241},
        **{"msgsnd": 69, "setpriority": 141, "mq_open": 240, "ioprio_set": 251, "memfd_create": 319},
        **{"open_by_handle_at": 304},
    },
    "aarch64": {
        **{
            "umount2": 39,
            "mount": 40,
            "pivot_root": 41,
            "chroot": 51,
            "unshare": 97,
            "init_module": 105,
            "ptrace": 117,
        },
        **{"socket": 198, "socketpair": 199, "add_key": 217, "request_key": 218, "keyctl": 219, "clone": 220},
        **{"execve": 221, "perf_event_open": 241, "setns": 268, "process_vm_readv": 270, "process_vm_writev": 271},
        **{"finit_module": 273, "bpf": 280, "execveat": 281, "userfaultfd": 282, "memfd_create": 279},
        **{"ioprio_set": 30, "setpriority": 140, "mq_open": 180, "msgget": 186, "msgsnd": 189, "semget": 190},
        **{"mq_unlink": 181, "msgctl": 187, "msgrcv": 188, "semctl": 191, "semtimedop": 192},
        **{"semop": 193, "shmget": 194, "shmctl": 195, "shmat": 196, "open_by_handle_at": 265},
    },
}
_OF_ANOTHER = {
    "x86_64": {
        "prlimit64": 302,
        "sched_setaffinity": 203,
        "sched_setscheduler": 144,
        "sched_setparam": 142,
        "sched_setattr": 314,
    },
    "aarch64": {
        "prlimit64": 261,
        "sched_setaffinity": 122,
        "sched_setscheduler": 119,
        "sched_setparam": 118,
        "sched_setattr": 274,
    },
}
"""Calls that change a process whose number comes first; 0 is the caller itself, and all that is allowed."""
_SINCE_UNIFIED = {
    **{"io_uring_setup": 425, "open_tree": 428, "move_mount": 429, "fsopen": 430, "fsmount": 432},
    **{"pidfd_open": 434, "clone3": 435, "pidfd_getfd": 438, "mount_setattr": 442},
}
_PRCTL = {"x86_64": 157, "aarch64": 167}
_PR_SET_DUMPABLE = 4
"""After it nobody could look at what a process holds open."""
_CLONE_FILES, _CLONE_THREAD = 0x400, 0x10000
_ASKED_ABOUT = ("fork", "vfork", "clone")


@dataclass(frozen=True)
class Filter:
    """What is in force."""

    installed: bool = False
    counts_processes: bool = False
    """None can be started, or each needs leave."""


def install(policy: Policy, gate: socket.socket | None) -> Filter:
    """Put the filter in force. Where processes may start each needs leave, asked for through ``gate``."""
    machine = platform.machine()
    if machine not in _ARCHITECTURES:
        return Filter()
    asks = policy.processes or policy.gpu
    if asks and gate is not None and process_gate.ask_outside(_program(machine, policy, _ASK), gate):
        return Filter(True, True)
    try:
        kernel_calls.install_filter(_program(machine, policy, _ALLOW))
    except OSError:
        return Filter()
    return Filter(True, not asks)


def _program(machine: str, policy: Policy, starting: int) -> bytes:
    """``starting`` is what becomes of calls that start a process or thread, where the policy has them at all."""
    denied = {**_NUMBERS[machine], **_SINCE_UNIFIED, **attributes.changing(machine, policy)}
    denied |= {**uncounted.NUMBERS[machine], **uncounted.SINCE_UNIFIED}
    answers = {name: _ERROR | uncounted.TOLD.get(name, errno.EPERM) for name in denied}
    # Its flags lie in memory where no filter sees them. As if the kernel had none, the C library takes the old one.
    answers["clone3"] = _ERROR | errno.ENOSYS
    if policy.processes or policy.gpu:
        answers |= dict.fromkeys(_ASKED_ABOUT, starting) | dict.fromkeys(("execve", "execveat"), _ALLOW)
    if policy.gpu:  # the driver talks to its daemon through a socket; the network namespace holds
        answers |= dict.fromkeys(("socket", "socketpair"), _ALLOW)
    lines: list[tuple[int, int, int, int]] = [
        (_LOAD, 0, 0, 4),
        (_JUMP_EQUAL, 1, 0, _ARCHITECTURES[machine]),
        (_RETURN, 0, 0, _ERROR | errno.EPERM),  # a system call of another architecture
        (_LOAD, 0, 0, 0),
    ]
    if machine == "x86_64":  # the x32 numbers are a second door to the same calls
        lines += [(_JUMP_SET, 0, 1, 0x40000000), (_RETURN, 0, 0, _ERROR | errno.EPERM)]
    if policy.processes or policy.gpu:  # a thread with open files of its own: who looks at a process sees the first's
        lines += [(_JUMP_EQUAL, 0, 5, denied.pop("clone")), (_LOAD, 0, 0, 16), (_JUMP_SET, 0, 2, _CLONE_THREAD)]
        lines += [(_JUMP_SET, 1, 0, _CLONE_FILES), (_RETURN, 0, 0, _ERROR | errno.EPERM), (_RETURN, 0, 0, starting)]
    for name, number in denied.items():
        lines += [(_JUMP_EQUAL, 0, 1, number), (_RETURN, 0, 0, answers[name])]
    for number in _OF_ANOTHER[machine].values():
        # The first argument is at 16; a process's number fits its lower half.
        lines += [(_JUMP_EQUAL, 0, 4, number), (_LOAD, 0, 0, 16), (_JUMP_EQUAL, 1, 0, 0)]
        lines += [(_RETURN, 0, 0, _ERROR | errno.EPERM), (_RETURN, 0, 0, _ALLOW)]
    lines += [(_JUMP_EQUAL, 0, 4, _PRCTL[machine]), (_LOAD, 0, 0, 16), (_JUMP_EQUAL, 0, 1, _PR_SET_DUMPABLE)]
    lines += [(_RETURN, 0, 0, _ERROR | errno.EPERM), (_RETURN, 0, 0, _ALLOW)]
    # The second argument is at 24; a request fits its lower half.
    requests = dict.fromkeys(uncounted.PREALLOCATING, errno.EOPNOTSUPP)
    requests |= dict.fromkeys(attributes.SETTING_FLAGS if policy.level == "limits" else (), errno.EPERM)
    lines += [(_JUMP_EQUAL, 0, 2 * len(requests) + 2, attributes.REQUESTS[machine]), (_LOAD, 0, 0, 24)]
    for request, told in requests.items():
        lines += [(_JUMP_EQUAL, 0, 1, request), (_RETURN, 0, 0, _ERROR | told)]
    lines.append((_RETURN, 0, 0, _ALLOW))
    lines.append((_RETURN, 0, 0, _ALLOW))
    return b"".join(struct.pack("HBBI", *line) for line in lines)


def denies(policy: Policy) -> bool:
    """Try a socket and a fork."""
    if not policy.gpu:
        try:
            socket.socket(socket.AF_UNIX, socket.SOCK_STREAM).close()
        except PermissionError:
            pass
        else:
            return False
    if policy.processes or policy.gpu:
        return True
    try:
        pid = os.fork()
    except PermissionError:
        return True
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)
    return False
