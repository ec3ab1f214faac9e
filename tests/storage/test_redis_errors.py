"""What is said of a Redis that does not do what was asked."""

import pytest
from redis.exceptions import AuthenticationError, ReadOnlyError, ResponseError

from storage.redis_errors import explain

_READ_ONLY = "READONLY You can't write against a read only replica. script: " + "2adc" * 10 + ", on @user_script:15."


@pytest.mark.parametrize(
    ("exc", "expected"),
    [
        (AuthenticationError("HELLO must be called with the client already authenticated"), "user and password"),
        (ReadOnlyError("You can't write against a read only replica."), "it is a read-only replica"),
        (ResponseError(_READ_ONLY), "it is a read-only replica"),
        (ResponseError("OOM no memory script: " + "2adc" * 10 + ", on @user_script:15."), "OOM no memory"),
        (TimeoutError(), "it did not answer in time"),
    ],
)
def test_why_redis_fails_is_told_without_its_words_for_scripts(exc: Exception, expected: str) -> None:
    assert expected in explain(exc)
    assert "script" not in explain(exc)
