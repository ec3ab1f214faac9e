"""The reference of metrics names every metric that a server reports, with its type and labels."""

import re

from prometheus_client.parser import text_string_to_metric_families

from tests.docs.pages import ROOT
from tests.server.clients import running

_ROW = re.compile(r"^\| `(?P<name>\w+)(?:\{(?P<labels>[\w,]+)\})?` \((?P<type>\w+)\) \|", re.MULTILINE)
_OF_SAMPLES = {"le"}


async def test_every_metric_is_in_the_reference_with_its_type(sqlite_url: str) -> None:
    async with running(sqlite_url) as client:
        text = (await client.get("/metrics")).text
    reported = {
        family.name + ("_total" if family.type == "counter" else ""): family.type
        for family in text_string_to_metric_families(text)
        if family.name.startswith("freehold_") and not family.name.endswith("_created")
    }
    rows = _ROW.finditer((ROOT / "docs" / "reference" / "metrics.md").read_text(encoding="utf-8"))
    assert reported == {row["name"]: row["type"] for row in rows}


async def test_every_label_is_in_the_reference(sqlite_url: str) -> None:
    async with running(sqlite_url) as client:
        await client.post("/graphql", json={"query": '{ propertiesByCity(city: "Berlin") { owner { name } } }'})
        text = (await client.get("/metrics")).text
    labels = {
        family.name + ("_total" if family.type == "counter" else ""): set(sample.labels) - _OF_SAMPLES
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if family.name.startswith("freehold_") and not family.name.endswith("_created")
    }
    page = (ROOT / "docs" / "reference" / "metrics.md").read_text(encoding="utf-8")
    documented = {row["name"]: set((row["labels"] or "").split(",")) - {""} for row in _ROW.finditer(page)}
    assert labels == {name: documented[name] for name in labels}
