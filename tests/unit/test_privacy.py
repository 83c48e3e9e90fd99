"""Personal columns stay in the warehouse: nothing published, answered or exported has them (docs/privacy.md)."""

import ast
import json
import re

from infra.settings import REPO, Settings
from warehouse.api.app import create_app
from warehouse.api.service import Service
from warehouse.schemas import raw
from warehouse.serving.store import ddl_statements, view_statements

STAY = ("age", "postal_code", "fn", "active", "club_member_status", "fashion_news_frequency")
"""All that a retailer knows of a customer but the id; of the age only the bin goes out."""


def test_the_list_is_that_of_the_landed_customers():
    assert ["customer_id", *sorted(STAY)] == ["customer_id", *sorted(set(raw.CUSTOMERS.column_names) - {"customer_id"})]
    assert "`age_bin`" in (page := (REPO / "docs" / "privacy.md").read_text())
    assert [name for name in STAY if f"`{name}`" not in page] == []


def test_no_published_table_or_view_has_a_personal_column():
    statements = [*ddl_statements(), *view_statements()]
    assert len(statements) > 20
    found = [(word, sql.splitlines()[0]) for sql in statements for word in STAY if re.search(rf"^\s*{word}\s", sql, re.M)]
    found += [(word, sql.splitlines()[0]) for sql in view_statements() for word in STAY if re.search(rf"\b{word}\b", sql)]
    assert [pair for pair in found if pair[0] != "active"] == []


def test_no_answer_of_the_api_has_a_personal_field(settings: Settings, tmp_path):
    ours = settings.model_copy(update={"home": tmp_path})
    told = json.loads(json.dumps(create_app(ours, Service(ours)).openapi()))
    fields = {name for shape in told["components"]["schemas"].values() for name in shape.get("properties", {})}
    assert "age_bin" in fields
    assert fields & set(STAY) == set()


def test_publication_export_and_report_read_no_personal_column():
    """Of the dimension of customers, publication takes id and age bin; export and report read published tables only."""
    folders = ("serving", "report", "api", "experiments")
    for file in [file for folder in folders for file in (REPO / "warehouse" / folder).rglob("*.py")]:
        words = {node.value for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.Constant)}
        assert not words & (set(STAY) - {"active"}), file
