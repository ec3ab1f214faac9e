"""Why a caller could not be told from others."""


class Unauthenticated(Exception):
    """The token is none of ours, or no longer; the message is for the caller."""


class KeysUnavailable(Exception):
    """The issuer's keys could not be had, so that nothing can be said of a token."""
