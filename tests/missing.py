"""What the machine lacks is a visible skip by hand, and a failure where `CI=true` promises that it is there."""

import os
from typing import NoReturn

import pytest


def skip_or_fail(reason: str) -> NoReturn:
    """End the test (or the fixture it waits for) for want of something on this machine."""
    if os.environ.get("CI") == "true":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)
