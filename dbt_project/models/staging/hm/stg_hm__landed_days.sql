with

landed_days as (

    select * from {{ source('hm', 'landed_days') }}

),

landings as (

    select landing_id from {{ source('hm', 'landings') }}

),

-- A day belongs to the latest finished landing that brought it; what an earlier one said of that day is replaced.
final as (

    select
        landed_days.t_dat,

        max(landed_days.landing_id) as landing_id
    from landed_days
    inner join landings on landed_days.landing_id = landings.landing_id
    group by landed_days.t_dat

)

select * from final
