"""Schemathesis: what the OpenAPI document promises is kept, whatever is sent; and no input becomes SQL."""

import ast
import re
from contextlib import suppress
from urllib.parse import quote

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as limits
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import positive_data_acceptance
from small_warehouse import customer

from infra.settings import REPO

EXAMPLES = 15
"""Per route, of right input and of wrong input each."""
BEYOND_SCHEMA = ("/recommendations/{customer_id}", "/events")
"""Routes with rules that a schema cannot tell (a moment between 2000 and 2200): they may refuse what the schema allows."""
SQL = re.compile(r"\b(select|insert into|delete|alter table|optimize table|truncate)\b", re.I)


@pytest.fixture
def document(live, publish_it):
    """The document, and where it is served."""
    publish_it()
    return schemathesis.openapi.from_url(f"{live}/openapi.json")


def test_every_route_keeps_what_its_document_says(document):
    operations = [found.ok() for found in document.get_all_operations()]
    assert len(operations) == 9
    for operation in operations:
        for mode in GenerationMode:
            _try(operation, mode)


def _try(operation, mode: GenerationMode) -> None:
    @given(case=operation.as_strategy(generation_mode=mode))
    @limits(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def keeps(case) -> None:
        case.call_and_validate(excluded_checks=[positive_data_acceptance] if operation.path in BEYOND_SCHEMA else [])

    with suppress(Unsatisfiable):  # a route without parameters cannot be asked wrongly
        keeps()


@pytest.mark.parametrize("text", ["' or 1=1 --", "1; drop table pointer", "{run:UInt32}", "\\' union all select 1", "%00"])
def test_input_is_never_sql(api, store, publish_it, text):
    publish_it()
    client = api()
    for path in (f"/recommendations/{quote(text)}", f"/similar/{quote(text)}", f"/popular?age_bin={quote(text)}"):
        assert client.get(path).status_code in (404, 422)
    event = {"kind": "click", "customer_id": customer(0), "article_id": "0100000001", "session_id": text.replace(" ", "_")}
    assert client.post("/events", json={"events": [event]}).status_code in (202, 422)
    assert client.get("/readyz").status_code == 200
    assert store.query("select count() from pointer").result_rows == [(1,)]


def test_no_statement_is_put_together_from_values():
    """An f-string with SQL in it takes table names and numbers only, each from a list of our own."""
    allowed = {"name", "table", "run", "', '.join(_COLUMNS)", "tail", "files.table"}
    found = []
    for folder in ("warehouse/serving", "warehouse/api"):
        for file in (REPO / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text())):
                if isinstance(node, ast.JoinedStr) and SQL.match(ast.unparse(node)[2:].strip()):
                    values = [v for v in node.values if isinstance(v, ast.FormattedValue)]
                    found += [ast.unparse(v.value) for v in values]
    assert found
    assert set(found) <= allowed
