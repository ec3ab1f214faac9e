"""Redis URLs: what can't be taken apart is refused before anything connects, without a part of it."""

import pytest
from redis.asyncio import Redis

from storage.redis_url import check_redis_url


@pytest.mark.parametrize(
    "url",
    [
        "redis://localhost",
        "redis://localhost:6379/0",
        "redis://:p%40ss@h:6379/12",
        "redis://user:p:w@h",
        "rediss://h:6380/1?ssl_cert_reqs=none&ssl_check_hostname=false",
        "redis://[::1]:6379/0",
        "redis://h?db=3",
        "unix:///run/redis.sock?db=1",
        "unix://user:p@/run/redis.sock",
    ],
)
def test_a_url_that_redis_takes_is_taken(url: str) -> None:
    check_redis_url(url, besides="none")
    Redis.from_url(url)


@pytest.mark.parametrize(
    "url",
    [
        "redis://",
        "redis://:p@hunter2:w0rd@h/0",
        "redis://:hunter2/x@h/0",
        "redis://:hunter2?x@h/0",
        "redis://:hunter2#x@h/0",
        "redis://:[hunter2]@h/0",
        "redis://:hunter2%zz@h/0",
        "redis://:hunter2%00@h/0",
        "redis://h:hunter2/0",
        "redis://h:99999/0",
        "redis://h/hunter2",
        "redis://h/0/1",
        "redis://h/-1",
        "redis://[::g]/0",
        "redis://h?db=hunter2",
        "redis://h?ssl_cert_reqs=none",
        "redis://h?max_connections=1",
        "redis://h?a=hunter2",
        "rediss://h?ssl_cert_reqs=hunter2",
        "rediss://h?ssl_ca_certs=/nowhere",
        "rediss://h?ssl_keyfile=/etc/passwd",
        "redis+sentinel://h/0",
        "unix://run/redis.sock",
        "unix://",
        "REDIS://h",
        "",
    ],
)
def test_another_is_refused_without_a_part_of_it(url: str) -> None:
    with pytest.raises(ValueError, match=r"expected|parameter") as raised:
        check_redis_url(url, besides="none")
    assert "hunter2" not in str(raised.value)
