"""The tutorial's files and queries fit together. `python -m tests.docs.tutorial FOLDER` builds the page itself."""

import re
from pathlib import Path

from graphql import build_schema, parse, validate

from tests.docs.pages import ROOT
from tests.docs.tutorial import PAGE, steps, write


def test_the_queries_of_the_tutorial_fit_the_schema() -> None:
    schema = build_schema((ROOT / "schema" / "schema.graphql").read_text(encoding="utf-8"))
    text = PAGE.read_text(encoding="utf-8")
    queries = re.findall(r"^```graphql\n(.*?)^```$", text, re.M | re.S) + re.findall(r"graphql\(`(.*?)`\)", text, re.S)
    assert len(queries) == 2
    for query in queries:
        assert validate(schema, parse(query)) == []


def test_the_files_of_the_tutorial_are_written_in_its_order(tmp_path: Path) -> None:
    for step in steps():
        if step.kind != "sh":
            write(step, tmp_path)
    listings = (tmp_path / "src" / "Listings.tsx").read_text(encoding="utf-8")
    assert listings.startswith('import { useState } from "react";\nimport { useQuery } from "urql";\n')
    assert listings.count("export function Listings") == 1
    assert "function Page(" in listings
    assert {path.name for path in tmp_path.rglob("*.*")} == {
        *("tsconfig.json", "vite.config.ts", "index.html", "codegen.ts", "Listings.tsx", "main.tsx", "style.css")
    }
