"""What is said of a Redis that does not do what was asked."""

import pytest
from redis.exceptions import (
    AuthenticationError,
    BusyLoadingError,
    ConnectionError,
    InvalidResponse,
    NoPermissionError,
    OutOfMemoryError,
    ReadOnlyError,
    ResponseError,
)

from storage.redis_errors import explain, is_refusal

_READ_ONLY = "READONLY You can't write against a read only replica. script: " + "2adc" * 10 + ", on @user_script:15."


@pytest.mark.parametrize(
    ("exc", "expected"),
    [
        (AuthenticationError("HELLO must be called with the client already authenticated"), "user and password"),
        (ReadOnlyError("You can't write against a read only replica."), "it is a read-only replica"),
        (ResponseError(_READ_ONLY), "it is a read-only replica"),
        (ResponseError("OOM no memory script: " + "2adc" * 10 + ", on @user_script:15."), "OOM no memory"),
        (ResponseError("DB index is out of range"), "Redis has no database of the URL's number"),
        (InvalidResponse("Protocol error"), "the server there is not a Redis"),
        (NoPermissionError("this user has no permissions to run the 'eval' command"), "does not let the URL's user"),
        (TimeoutError(), "it did not answer in time"),
    ],
)
def test_the_reason_of_a_redis_failure_leaves_out_its_words_for_scripts(exc: Exception, expected: str) -> None:
    assert expected in explain(exc)
    assert "script" not in explain(exc)


@pytest.mark.parametrize(
    "exc",
    [
        BusyLoadingError("Redis is loading the dataset in memory"),
        OutOfMemoryError("command not allowed"),
        ReadOnlyError("You can't write against a read only replica."),
        ResponseError("MISCONF Redis is configured to save RDB snapshots"),
        ConnectionError("max number of clients reached"),
        TimeoutError(),
        OSError(),
    ],
)
def test_a_temporary_failure_is_no_refusal(exc: Exception) -> None:
    assert not is_refusal(exc)
