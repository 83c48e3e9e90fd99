-- The database server's first start makes the metastore's database by itself; Airflow's is the second one.
create database airflow;
