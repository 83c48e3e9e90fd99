-- Which files have landed when, what was rejected, and does every row read add up?
--
-- Parameters:
--   landings: count = 20
--     How many landings to show, the latest first.
-- Answer:
--   landing_id: Landing, 1 for the first one
--   landed_at: When it was committed, UTC
--   file_kind: articles, customers or transactions
--   file_name: File, without its folder
--   rows_read: Records in the file
--   rows_landed: Records that are in the table
--   rows_rejected: Records that are in raw.rejected_rows
--   rejected_share: rows_rejected / rows_read, 0 to 1
--   rows_repaired: Of rows_landed: records whose id was given back its leading zero
--   first_day: First day of purchase in a transactions file
--   last_day: Last day of purchase in a transactions file
--   n_days: Days of purchase that the landing brought; only beside transactions files
--   n_days_replaced: Of these, days that a later landing brought again and owns now
--   adds_up: Whether rows_read = rows_landed + rows_rejected, and raw.rejected_rows holds these rejected rows
--   notes: What a reader of the file should know
-- Caveats:
--   - Several transactions files of one landing share n_days and n_days_replaced.
--   - The reasons are in raw.rejected_rows, row by row.

with

landings as (

    select * from raw.landings
    where landing_id > (select max(ids.landing_id) from raw."landings$partitions" as ids) - :landings

),

rejected as (

    select
        landing_id,
        file_name,
        count(*) as n_rows
    from raw.rejected_rows
    group by landing_id, file_name

),

owned as (

    select
        landing_id,
        landing_id < max(landing_id) over (partition by t_dat) as is_replaced
    from raw.landed_days

),

days as (

    select
        landing_id,
        count(*) as n_days,
        count_if(is_replaced) as n_days_replaced
    from owned
    group by landing_id

)

select
    landings.landing_id,
    landings.landed_at,
    landings.file_kind,
    landings.file_name,
    landings.rows_read,
    landings.rows_landed,
    landings.rows_rejected,
    round(cast(landings.rows_rejected as double) / nullif(landings.rows_read, 0), 4) as rejected_share,
    landings.rows_repaired,
    landings.first_day,
    landings.last_day,
    days.n_days,
    days.n_days_replaced,
    landings.rows_read = landings.rows_landed + landings.rows_rejected
    and landings.rows_rejected = coalesce(rejected.n_rows, 0) as adds_up,
    landings.notes
from landings
left join rejected
    on
        landings.landing_id = rejected.landing_id
        and landings.file_name = rejected.file_name
left join days
    on
        landings.landing_id = days.landing_id
        and landings.file_kind = 'transactions'
order by landings.landing_id desc, landings.file_kind asc, landings.file_name asc
