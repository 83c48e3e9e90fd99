"""What one DAG leaves for another."""

from airflow.sdk import Asset

PUBLISHED = Asset("hm_published")
"""The run that readers see, in ClickHouse; updated by every publication."""
