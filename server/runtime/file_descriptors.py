"""File descriptors: how many this process may have open, and how many of them are left for its clients."""

import resource

_OWN = 64
"""For listeners, logs, metrics and files; databases come besides."""
_LEAST = 16
_PLENTY = 1 << 20


class TooFewDescriptors(Exception):
    """The process may not have as many files open as it takes to serve."""


def raise_limit() -> None:
    """Raise this process's limit of open files as far as it may go by itself; its children inherit it.

    Raises TooFewDescriptors.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _PLENTY if hard == resource.RLIM_INFINITY else min(hard, _PLENTY)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    if hard != resource.RLIM_INFINITY and hard < _OWN:
        raise TooFewDescriptors(
            f"the limit of open files is {hard}, and must be at least {_OWN}: raise the hard limit"
            " (LimitNOFILE= of systemd, `ulimit -Hn`)"
        )


def left_for_connections(others: int) -> int:
    """How many clients' connections the limit allows beside `others` of databases, and the process's own."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return _PLENTY
    return max(soft - others - _OWN, _LEAST)
