"""Superset: its settings, the databases, datasets, charts and dashboards it imports, and how it starts on this machine."""
