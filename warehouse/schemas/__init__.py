"""Names and types of every table that Python writes, each written once.

dbt's models declare their own columns beside their SQL; a test holds the names that both sides use together.
"""

from warehouse.schemas.table import Column, Table

__all__ = ["Column", "Table"]
