"""The serving store: ClickHouse tables, publication by one pointer, lookup.

Everything past `store.open_store` takes a clickhouse-connect client and speaks plain ClickHouse, so the same code and the
same DDL serve chDB in this process and a clickhouse-server.
"""
