"""In which pool a command waits, for how many of its slots; airflow/pools.json holds the pools themselves."""

from hm_airflow.environment import ENV

WAREHOUSE = {"pool": "hm_derby"} if ENV == "embedded" else {"pool": "hm_spark", "pool_slots": 2}
"""For commands that open the metastore or change tables: the whole pool, so one at a time."""
MODELS = {"pool": "hm_spark", "pool_slots": 1}
"""For dbt's models on the Thrift Server: two at a time, as many as dbt itself runs there (dbt_project/profiles.yml)."""
STORE = {"pool": "hm_chdb" if ENV == "embedded" else "default_pool"}
"""For commands that only open the serving store, which is a server outside `embedded`."""
