"""The lookup over HTTP: FastAPI in front of warehouse.serving, and what customers did on its way to the store.

Nothing is computed here: answers come from warehouse.serving, variants from warehouse.experiments. Exposures and events are
written to a spool on disk before they are answered for, and brought to ClickHouse by a thread.
"""
