"""A file's mode, owner, times and labels: Landlock knows no rights for them, so that where it alone keeps files the
filter on system calls denies to change them, in the scratch folder too.

No filter sees which file a path names. Programs that only want to leave a copy as old as what it was made from, or a
linker its output executable, go on without.
"""

from __future__ import annotations

import os

from kernelagent.worker.sandbox.policy import Policy

_SINCE_UNIFIED = {"fchmodat2": 452, "setxattrat": 463, "removexattrat": 466, "file_setattr": 469}
_NUMBERS: dict[str, dict[str, int]] = {
    "x86_64": {
        **{"chmod": 90, "fchmod": 91, "chown": 92, "fchown": 93, "lchown": 94, "utime": 132, "utimes": 235},
        **{"setxattr": 188, "lsetxattr": 189, "fsetxattr": 190},
        **{"removexattr": 197, "lremovexattr": 198, "fremovexattr": 199},
        **{"fchownat": 260, "futimesat": 261, "fchmodat": 268, "utimensat": 280},
    },
    "aarch64": {
        **{"setxattr": 5, "lsetxattr": 6, "fsetxattr": 7, "removexattr": 14, "lremovexattr": 15, "fremovexattr": 16},
        **{"fchmod": 52, "fchmodat": 53, "fchownat": 54, "fchown": 55, "utimensat": 88},
    },
}
REQUESTS = {"x86_64": 16, "aarch64": 29}
"""``ioctl``, which is told what to do by its second argument."""
SETTING_FLAGS = (0x40086602, 0x401C5820)
"""``FS_IOC_SETFLAGS``, ``FS_IOC_FSSETXATTR``."""


def changing(machine: str, policy: Policy) -> dict[str, int]:
    """Name → number of the calls to deny."""
    return {**_NUMBERS[machine], **_SINCE_UNIFIED} if policy.level == "limits" else {}


def are_kept(policy: Policy) -> bool:
    """Try to give the scratch folder the mode that it has; elsewhere the mounts keep what lies outside of it."""
    if policy.level != "limits":
        return True
    try:
        os.chmod(policy.scratch, os.stat(policy.scratch).st_mode & 0o7777)
    except PermissionError:
        return True
    return False
