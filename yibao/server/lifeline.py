"""Children that do not outlive the process that started them, however it ends (Linux).

Runs as a script between the two: takes the account that is wished, asks the kernel for a signal
when the parent is gone, and becomes the program. So nothing has to happen between fork and exec,
where a process with threads must do nothing. Knows only the standard library.
"""

import ctypes
import os
import signal
import sys
from collections.abc import Sequence

PR_SET_PDEATHSIG = 1


def tied(
    command: Sequence[str | os.PathLike[str]],
    with_signal: signal.Signals,
    account: tuple[int, int, Sequence[int]] | None = None,
) -> list[str]:
    """The command, as a child of this process that gets the signal when this process is gone.

    `account` is uid, gid and further groups, for root.
    """
    uid, gid, groups = account or (-1, -1, ())
    told = [int(with_signal), os.getpid(), uid, gid, ",".join(map(str, groups))]
    return [
        sys.executable,
        "-I",
        "-S",
        __file__,
        *map(str, told),
        *(os.fspath(part) for part in command),
    ]


def main() -> None:
    """Become the program."""
    with_signal, parent, uid, gid = map(int, sys.argv[1:5])
    if gid >= 0:
        os.setgroups([int(group) for group in sys.argv[5].split(",") if group])
        os.setgid(gid)
        os.setuid(uid)
    if sys.platform == "linux":
        # after setuid, which would undo it
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, with_signal, 0, 0, 0)
        if os.getppid() != parent:  # it went in the meantime
            sys.exit(1)
    os.execv(sys.argv[6], sys.argv[6:])  # noqa: S606 - this is what it is for


if __name__ == "__main__":
    main()
