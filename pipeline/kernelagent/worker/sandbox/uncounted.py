"""Calls by which memory is held where no limit counts it, or disk is taken faster than anyone can look.

- ``memfd_secret``: memory of a file that is in nobody's resident size.
- ``vmsplice``, ``splice``, ``tee``, ``sendfile``: a pipe holds pages that are unmapped, 64 kB of them by its own count;
  of a huge page one piece keeps the 2 MiB.
- ``fallocate`` and the ``ioctl`` requests that are as old: gigabytes in no time. Writing takes some.
- Landlock's: a set of rules keeps every file that has one, deleted or not, and no descriptor shows it.

Libraries go on without where the kernel has none of these, so that is what they are told.
"""

from __future__ import annotations

import errno

NUMBERS: dict[str, dict[str, int]] = {
    "x86_64": {"vmsplice": 278, "splice": 275, "tee": 276, "sendfile": 40, "fallocate": 285},
    "aarch64": {"vmsplice": 75, "splice": 76, "tee": 77, "sendfile": 71, "fallocate": 47},
}
SINCE_UNIFIED = {
    **{"landlock_create_ruleset": 444, "landlock_add_rule": 445, "landlock_restrict_self": 446, "memfd_secret": 447},
}
TOLD = {
    **dict.fromkeys(("splice", "tee", "vmsplice", "sendfile"), errno.ENOSYS),
    "fallocate": errno.EOPNOTSUPP,
}
"""Other answers than that it is not permitted."""
PREALLOCATING = (0x40305828, 0x4030582A, 0x40305839)
"""``FS_IOC_RESVSP``, ``FS_IOC_RESVSP64`` and ``FS_IOC_ZERO_RANGE``."""
