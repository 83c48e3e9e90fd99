"""Which pool a command waits in; airflow/pools.json holds the pools themselves, with one slot each."""

from hm_airflow.environment import ENV

DEFAULT = "default_pool"
WAREHOUSE = "hm_derby" if ENV == "embedded" else "hm_spark"
"""For commands that open the metastore or change tables."""
STORE = "hm_chdb" if ENV == "embedded" else DEFAULT
"""For commands that only open the serving store, which is a server outside `embedded`."""
