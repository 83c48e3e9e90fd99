-- Which dates does each table hold, and is it as new as the log?
--
-- Parameters: none
-- Answer:
--   table_name: Table
--   partitioned_by: What its partitions are: as-of dates or months
--   first_partition: Earliest of them
--   last_partition: Latest of them
--   n_partitions: How many there are
--   last_landed_day: Last day of purchase that has landed
--   is_current: Whether last_partition is the log's: the day after last_landed_day, or its month
-- Caveats:
--   - recs.candidates are those of label weeks, which lie before the end of the log; it is current when it is a week behind.
--   - A table without any partition has no row. Only the metastore is asked, no data is read.

with

landed as (

    select max(t_dat) as last_day from raw.landed_days

),

-- noqa: disable=LT09,AL03
-- One line per table reads best.
partitions as (

    select 'marts.fct_transactions' as table_name, 't_month' as partitioned_by, t_month as partition_value
    from marts."fct_transactions$partitions"
    union all
    select 'marts.customer_rfm', 'as_of_date', cast(as_of_date as varchar) from marts."customer_rfm$partitions"
    union all
    select 'marts.customer_features', 'as_of_date', cast(as_of_date as varchar) from marts."customer_features$partitions"
    union all
    select 'marts.article_features', 'as_of_date', cast(as_of_date as varchar) from marts."article_features$partitions"
    union all
    select 'marts.customer_article_features', 'as_of_date', cast(as_of_date as varchar)
    from marts."customer_article_features$partitions"
    union all
    select 'marts.customer_category_features', 'as_of_date', cast(as_of_date as varchar)
    from marts."customer_category_features$partitions"
    union all
    select 'marts.article_pairs', 'as_of_date', cast(as_of_date as varchar) from marts."article_pairs$partitions"
    union all
    select 'marts.popular_articles', 'as_of_date', cast(as_of_date as varchar) from marts."popular_articles$partitions"
    union all
    select 'recs.recommendations', 'as_of_date', cast(as_of_date as varchar) from recs."recommendations$partitions"
    union all
    select 'recs.candidates', 'as_of_date', cast(as_of_date as varchar) from recs."candidates$partitions"

),

tables as (

    select
        table_name,
        partitioned_by,
        min(partition_value) as first_partition,
        max(partition_value) as last_partition,
        count(distinct partition_value) as n_partitions
    from partitions
    group by table_name, partitioned_by

)

select
    tables.table_name,
    tables.partitioned_by,
    tables.first_partition,
    tables.last_partition,
    tables.n_partitions,
    landed.last_day as last_landed_day,
    tables.last_partition = case
        when tables.partitioned_by = 't_month' then date_format(landed.last_day, '%Y-%m')
        when tables.table_name = 'recs.candidates' then cast(date_add('day', -6, landed.last_day) as varchar)
        else cast(date_add('day', 1, landed.last_day) as varchar)
    end as is_current
from tables
cross join landed
order by tables.table_name
