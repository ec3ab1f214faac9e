"""The catalog: what it says would run is what runs."""

import pytest

from storage.catalog import Catalog
from storage.database import Database
from storage.reads import READS
from storage.statements import Statement
from storage.view import EVERYTHING, PUBLISHED, View
from tests.storage.access import GUARANTEED, run_of

_PLAIN = [access for access in GUARANTEED if access.view in (EVERYTHING, PUBLISHED) and "prices" not in access.name]


@pytest.fixture
def catalog(database_url: str) -> Catalog:
    return Catalog(database_url)


def test_every_read_has_a_description_and_samples_of_different_statements(catalog: Catalog) -> None:
    assert READS.keys() <= catalog.descriptions.keys()
    for read in READS.values():
        assert read.samples(), read.name


async def test_each_sample_of_a_read_is_a_statement_of_its_own_and_of_the_read_s_name(catalog: Catalog) -> None:
    for name in READS:
        samples = await catalog.samples(name)
        assert {sample.statement.name for sample in samples} == {name}
        assert len({sample.statement for sample in samples}) == len(samples), name


@pytest.mark.parametrize("view", [EVERYTHING, PUBLISHED], ids=["everything", "published"])
async def test_every_guaranteed_access_runs_a_statement_of_the_catalog(
    catalog: Catalog, database: Database, view: View
) -> None:
    known = {name: {sample.statement for sample in await catalog.samples(name, view)} for name in READS}
    for access in _PLAIN:
        if access.view == view:
            run = await run_of(database, access)
            assert run.statement in known[run.statement.name], access.name


async def test_a_statement_that_is_no_read_is_the_database_s_own(catalog: Catalog, database: Database) -> None:
    for name in catalog.descriptions.keys() - READS.keys():
        (sample,) = await catalog.samples(name)
        assert sample.statement == database.statements[name]


def test_only_parts_of_statements_are_left_out(catalog: Catalog, database: Database) -> None:
    begins = ("SELECT ", "WITH ", "INSERT ", "UPDATE ", "DELETE ", "CREATE ", "ANALYZE", "LOCK ")
    runnable = [name for name, statement in database.statements.items() if statement.text.startswith(begins)]
    assert list(catalog.descriptions) == runnable


async def test_the_tables_are_those_of_the_schema() -> None:
    catalog = Catalog("postgresql://127.0.0.1/none", schema="estate")
    (sample,) = await catalog.samples("owners_by_reference")
    assert isinstance(sample.statement, Statement)
    assert 'FROM "estate".owners o' in sample.statement.text


async def test_an_unknown_name_and_a_part_of_statements_are_no_statements(catalog: Catalog) -> None:
    for name in ("owners", "published"):
        with pytest.raises(KeyError, match=name):
            await catalog.samples(name)
