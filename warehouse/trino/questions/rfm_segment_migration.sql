-- How many customers moved from which RFM segment to which between two as-of dates?
--
-- Parameters:
--   from_date: date = select min(as_of_date) from marts."customer_rfm$partitions"
--     The earlier as-of date; by default the first one built.
--   to_date: date = select max(as_of_date) from marts."customer_rfm$partitions"
--     The later as-of date; by default the last one built.
-- Answer:
--   segment_before: Segment at from_date; "none yet" where the first purchase came later
--   segment_after: Segment at to_date
--   n_customers: Customers who went this way
--   share_of_before: Their share of segment_before, 0 to 1
-- Caveats:
--   - Scores are fifths of each date's customers, so a customer can move because others did.
--   - Only dates that are built can be compared; with any other the answer is empty (data_freshness lists what is built).

with

earlier as (

    select
        customer_key,
        segment
    from marts.customer_rfm
    where as_of_date = :from_date

),

-- Nobody leaves: who had bought before from_date had bought before to_date too.
later as (

    select
        customer_key,
        segment
    from marts.customer_rfm
    where
        as_of_date = :to_date
        and :from_date in (select built.as_of_date from marts."customer_rfm$partitions" as built)

),

moved as (

    select
        coalesce(earlier.segment, 'none yet') as segment_before,
        later.segment as segment_after,
        count(*) as n_customers
    from later
    left join earlier on later.customer_key = earlier.customer_key
    group by coalesce(earlier.segment, 'none yet'), later.segment

)

select
    segment_before,
    segment_after,
    n_customers,
    round(cast(n_customers as double) / sum(n_customers) over (partition by segment_before), 4) as share_of_before
from moved
order by segment_before asc, n_customers desc, segment_after asc
