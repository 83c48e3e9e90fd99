"""Hive tables: creating them, writing partitions whole, finding their files."""
