"""Every setting at wrong values: each command ends in a line that names the variable and shows no secret."""

from collections.abc import Iterator
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import pytest

from server.settings.environment import variable_of
from server.settings.secret import Secret
from server.settings.settings import Settings
from server.settings.values import annotations_of
from tests.server.command_line import assert_explained, run_main

NOT_TEXT = "hunter2\udcff"  # what is not UTF-8, as os.environ has it
NUMBERS = ["", " ", "hunter2", "-1", "1,5", "9" * 5000, "1e400", "0x10", "nan", "inf", "٣٣٣٣٣٣٣٣٣٣٣٣", "١x"]
BY_TYPE: dict[Any, list[str]] = {
    int: [*NUMBERS, "1.5"],
    float: NUMBERS,
    bool: ["", "hunter2", "2", "maybe"],
    str: [NOT_TEXT],
    Secret: [NOT_TEXT],
    tuple: [NOT_TEXT],
}
BY_FIELD: dict[str, list[str]] = {
    "database_url": [
        *("", "hunter2", "mysql://u:hunter2@h/d", "sqlite://hunter2", "sqlite:///", "sqlite:///n%00.db"),
        *("postgresql://u:p@ss:hunter2@127.0.0.1/db", "postgresql://u:hunter2/x@h/d", "postgresql://u:hunter2?x@h/d"),
        *("postgresql://u:hunter2[ss@h/d", "postgresql://u:hunter2@h:abc/d", "postgresql://u:hunter2@h:99999/d"),
        *("postgresql://u:hunter2@h/d?pool_size=5", "postgresql://u:hunter2@h/d?sslmode=hunter2"),
        *("postgresql://u:hunter2@h/d?hunter2%20=1", "postgresql+asyncpg://u:hunter2@h/d"),
    ],
    "database_schema": ["hunter-2", "Hunter2", "pg_hunter2", "h" * 55, '"h"', "h.x"],
    "listen_url": ["", "hunter2", "sqlite:///x.db", "postgresql://u:p@ss:hunter2@h/db", "postgresql://u:hunter2@h:x/d"],
    "cache_url": ["", "hunter2", "redis://:hunter2@h:x", "redis://:p@ss:hunter2@h", "redis://:hunter2@h/x", "redis:"],
    "redis_url": ["", "memory", "hunter2", "redis://:hunter2@h:x", "redis://:p@ss:hunter2@h", "redis:"],
    "host": [""],
    "currency": ["", "eur", "EURO", "€€€", "EUR\n"],
    "tokens": ["hunter2", "a:hunter2:" + "0" * 64, "a:read:" + "0" * 63],
    "public": ["", "hunter3"],
    "jwt_jwks_url": [
        *("hunter2", "http://issuer.example/keys", "https://", "https://u:hunter2@issuer.example/keys"),
        *("https://[::1/keys", "https://h:x/", "https://issuer.example/k eys", "ftp://issuer.example/keys"),
    ],
    "jwt_key": ["hunter2"],
    "cors_origins": ["example.org", "https://b.example/path", "https://u:hunter2@b.example", "*.example", "null"],
    "cors_headers": ["x-a: hunter2", "x-ä", "*, x-a", '"x-a"'],
    "trusted_proxies": ["proxy.internal", "10.0.0.0/33", "10.0.0.7/8"],
}


def _types(annotation: Any) -> Iterator[Any]:
    if get_origin(annotation) is Annotated:
        yield from _types(get_args(annotation)[0])
    elif get_origin(annotation) in (Union, UnionType):
        for part in get_args(annotation):
            yield from _types(part)
    else:
        yield annotation


def _wrong_values(annotation: Any) -> list[str]:
    if get_origin(annotation) is Literal:
        return [value for value in ("", "hunter2") if value not in get_args(annotation)]
    return BY_TYPE.get(get_origin(annotation) or annotation, [])


def _cases() -> Iterator[Any]:
    for field, annotation in annotations_of(Settings).items():
        values = list(BY_FIELD.get(field, []))
        for kind in _types(annotation):
            values += _wrong_values(kind)
        assert values, f"{field}: no wrong value is known"
        for value in values:
            yield pytest.param(field, value, id=f"{field}-{ascii(value)[:40]}")


@pytest.mark.parametrize(("field", "value"), list(_cases()))
def test_a_wrong_value_ends_the_command_in_a_line_that_names_the_variable(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Any, field: str, value: str
) -> None:
    monkeypatch.chdir(tmp_path)
    ended = run_main(monkeypatch, capsys, "migrate", **{variable_of(field): value})
    assert_explained(ended, f"{variable_of(field)}: ")
    assert not list(tmp_path.iterdir())
