with

landed_days as (

    select * from {{ source('hm', 'landed_days') }}

),

landings as (

    select distinct landing_id from {{ source('hm', 'landings') }}

),

finished as (

    select
        landed_days.t_dat,
        landed_days.n_rows,
        landed_days.landing_id,
        max(landed_days.landing_id) over (partition by landed_days.t_dat) as latest_landing_id
    from landed_days
    inner join landings on landed_days.landing_id = landings.landing_id

),

-- A day belongs to the latest finished landing that brought it; what an earlier one said of that day is replaced.
final as (

    select
        t_dat,

        landing_id,

        cast(n_rows as bigint) as n_rows
    from finished
    where landing_id = latest_landing_id

)

select * from final
