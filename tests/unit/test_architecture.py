"""The house rules that a reader would otherwise have to remember."""

import ast

from infra.settings import REPO

MAY_IMPORT = {
    "infra": set(),
    "warehouse": {"infra"},
    "models": {"infra", "warehouse"},
    "spark_jobs": {"infra", "warehouse"},
    "hm": {"infra", "warehouse", "models", "spark_jobs"},
}


def imported(file):
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield node.module.split(".")[0]


def test_imports_go_one_way():
    for package, allowed in MAY_IMPORT.items():
        files = list((REPO / package).rglob("*.py"))
        assert files, package
        for file in files:
            foreign = set(imported(file)) & set(MAY_IMPORT) - allowed - {package}
            assert not foreign, f"{file} imports {foreign}"


def test_models_know_nothing_of_spark():
    files = list((REPO / "models").rglob("*.py"))
    assert [str(f) for f in files if "pyspark" in set(imported(f))] == []


def test_no_folder_shadows_a_package_that_we_use():
    for name in ("airflow", "trino", "dbt", "pyspark", "tests"):
        assert not (REPO / name / "__init__.py").exists()
