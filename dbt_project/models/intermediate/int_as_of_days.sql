{{ config(partition_by='as_of_date', sort_by=['t_dat']) }}

-- The as-of rule, written once: a mart sees a day only through its row here.

with

landed_days as (

    select * from {{ ref('stg_hm__landed_days') }}

),

as_of_dates as (

    select explode(array({{ date_list(as_of_dates()) }})) as as_of_date

),

days as (

    select
        landed_days.t_dat,
        as_of_dates.as_of_date,
        datediff(as_of_dates.as_of_date, landed_days.t_dat) as days_since
    from landed_days
    inner join as_of_dates on landed_days.t_dat < as_of_dates.as_of_date

),

final as (

    select
        t_dat,

        days_since,

        cast(1000000000 / days_since + 0.5 as bigint) as inverse_nanos,
        {{ half_life_nanos('days_since', 7) }} as half_7d_nanos,
        {{ half_life_nanos('days_since', 30) }} as half_30d_nanos,
        {{ half_life_nanos('days_since', 90) }} as half_90d_nanos,

        as_of_date
    from days

)

select * from final
