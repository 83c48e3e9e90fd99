"""/docs: the OpenAPI document as one page of plain HTML. It asks nobody for anything: no script, no style from elsewhere."""

import json
from html import escape
from typing import Any

_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; color: #1b1b1b; }
h2 { margin-top: 2.2rem; font-size: 1.05rem; } h2 b { color: #005a9c; }
table { border-collapse: collapse; width: 100%; }
td, th { text-align: left; padding: .25rem .8rem .25rem 0; vertical-align: top; }
tr { border-bottom: 1px solid #ddd; } code, pre { font: 13px ui-monospace, monospace; background: #f4f4f4; }
pre { padding: .6rem; overflow-x: auto; }
"""


def page(document: dict[str, Any]) -> str:
    """The page of an OpenAPI document."""
    info = document["info"]
    operations = [
        _operation(path, method, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]
    shapes = [_shape(name, schema) for name, schema in sorted(document["components"]["schemas"].items())]
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(info["title"])}</title><style>{_STYLE}</style>'
        f"<h1>{escape(info['title'])}</h1><p>{escape(info['description'])}</p>"
        '<p>For programs: <a href="openapi.json">openapi.json</a>.</p>'
        f"{''.join(operations)}<h1>Shapes</h1>{''.join(shapes)}</html>"
    )


def _operation(path: str, method: str, operation: dict[str, Any]) -> str:
    said = "".join(f"<p>{escape(part)}</p>" for part in operation.get("description", "").split("\n\n"))
    parameters = [
        (p["name"], p["in"], _kind(p["schema"]), p.get("description", p["schema"].get("description", "")))
        for p in operation.get("parameters", [])
    ]
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
    takes = f"<p>Body: {_kind(body)}</p>" if body else ""
    answers = [
        (status, _kind(next(iter(answer.get("content", {}).values()), {}).get("schema", {})), answer["description"])
        for status, answer in operation["responses"].items()
    ]
    return (
        f"<h2><b>{method.upper()}</b> <code>{escape(path)}</code></h2>{said}"
        f"{_table(('parameter', 'in', 'type', ''), parameters)}{takes}{_table(('answer', 'shape', ''), answers)}"
    )


def _shape(name: str, schema: dict[str, Any]) -> str:
    needed = set(schema.get("required", []))
    rows = [
        (field + ("" if field in needed else " (optional)"), _kind(kind), kind.get("description", ""))
        for field, kind in schema.get("properties", {}).items()
    ]
    said = f"<p>{escape(schema.get('description', ''))}</p>"
    return f'<h2 id="{escape(name)}">{escape(name)}</h2>{said}{_table(("", "type", ""), rows)}'


def _kind(schema: dict[str, Any]) -> str:
    """A type in a few words, as HTML; a shape is a link to where it is told."""
    if name := schema.get("$ref", "").rpartition("/")[2]:
        return f'<a href="#{escape(name)}">{escape(name)}</a>'
    if choices := schema.get("anyOf") or schema.get("allOf"):
        return " or ".join(_kind(choice) for choice in choices)
    if schema.get("type") == "array" and "items" in schema:
        return f"list of {_kind(schema['items'])}"
    bounds = {key: schema[key] for key in ("enum", "pattern", "minimum", "maximum", "default") if key in schema}
    told = escape(", ".join(f"{key} {json.dumps(value)}" for key, value in bounds.items()))
    return f"{escape(str(schema.get('format') or schema.get('type', '')))}{f' ({told})' if told else ''}"


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    """Cells are escaped but for the type, which `_kind` made."""
    if not rows:
        return ""
    at = next(place for place, title in enumerate(head) if title in ("type", "shape"))
    cells = ["".join(f"<td>{c if i == at else escape(c)}</td>" for i, c in enumerate(row)) for row in rows]
    titles = "".join(f"<th>{escape(title)}</th>" for title in head)
    return f"<table><tr>{titles}</tr>{''.join(f'<tr>{row}</tr>' for row in cells)}</table>"
