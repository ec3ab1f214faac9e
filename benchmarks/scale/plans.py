"""Why something grew: its statements, and how the database runs them, as `freehold explain` shows them."""

import tempfile
from pathlib import Path
from subprocess import CalledProcessError

import orjson

from benchmarks.scale.filling import run_long
from benchmarks.scale.questions import Question


def explain(url: str, question: Question) -> str:
    """What `freehold explain --plan` prints, even if the query has errors."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "query.graphql")
        file.write_text(question.query)
        variables = orjson.dumps(question.variables[0]).decode()
        try:
            return run_long(url, "explain", str(file), "--plan", "--variables", variables)
        except CalledProcessError as exc:
            return str(exc.stdout)
