"""From a URL to a database."""

from pathlib import Path
from urllib.parse import quote

import pytest

from storage.errors import Unavailable
from storage.opening import open_database, sqlite_path


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("sqlite:///var/freehold.db", "var/freehold.db"),
        ("sqlite:////srv/freehold.db", "/srv/freehold.db"),
        ("sqlite:///a%20b.db", "a b.db"),
    ],
)
def test_a_sqlite_url_names_a_file(url: str, path: str) -> None:
    assert sqlite_path(url) == Path(path)


@pytest.mark.parametrize(
    "url",
    [
        "sqlite:",
        "sqlite://",
        "sqlite:///",
        "sqlite://host/file.db",
        "sqlite:///:memory:",
        "sqlite:///a.db?x",
        "sqlite:///a.db#x",
        "sqlite:///folder/",
    ],
)
def test_a_sqlite_url_that_names_no_shared_file_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="expected sqlite:///path/to/file"):
        sqlite_path(url)


@pytest.mark.parametrize("url", ["", "freehold.db", "mysql://localhost/freehold"])
async def test_another_kind_of_url_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="expected sqlite:///… or postgresql://…"):
        await open_database(url)


@pytest.mark.parametrize("path", ["n%00.db", "%ff.db", "100%.db", "a\nb.db"])
def test_a_sqlite_url_that_can_not_be_taken_apart_is_refused(path: str) -> None:
    with pytest.raises(ValueError, match=r"^the URL can't be parsed: expected sqlite:///path/to/file, where"):
        sqlite_path(f"sqlite:///{path}")


def files_in(folder: Path) -> list[Path]:
    return list(folder.iterdir())


@pytest.mark.parametrize("name", ["new.db", "100% a?b#c.db", "ä.db"])
async def test_a_missing_sqlite_file_is_made_only_on_request(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    url = f"sqlite:///{quote(str(path))}"
    with pytest.raises(Unavailable, match=r"there is no such file \(`freehold migrate` makes one\)$"):
        await open_database(url)
    assert files_in(tmp_path) == []
    for create in (True, False):
        database = await open_database(url, create=create)
        await database.close()
        assert files_in(tmp_path) == [path]
