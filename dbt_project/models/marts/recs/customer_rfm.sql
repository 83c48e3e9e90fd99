{{ config(sort_by=['customer_key'], rows_per_group=65536) }}

with

as_of_days as (

    select * from {{ ref('int_as_of_days') }}
    where {{ is_asked() }}

),

customer_days as (

    select * from {{ ref('int_customer_daily') }}

),

measured as (

    select
        as_of_days.as_of_date,
        customer_days.customer_key,
        min(as_of_days.days_since) as recency_days,
        count(*) as frequency_days,
        sum(customer_days.spend_nanos) as spend_nanos
    from customer_days
    inner join as_of_days on customer_days.t_dat = as_of_days.t_dat
    group by as_of_days.as_of_date, customer_days.customer_key

),

-- Fifths by rank, not by ntile: equal values get equal scores, so no tie has to be broken.
scored as (

    select
        *,
        {{ fifth('recency_days desc') }} as recency_score,
        {{ fifth('frequency_days asc') }} as frequency_score,
        {{ fifth('spend_nanos asc') }} as monetary_score
    from measured

),

final as (

    select
        customer_key,

        recency_days,
        cast(frequency_days as int) as frequency_days,
        cast(spend_nanos / 1e9 as double) as monetary,

        recency_score,
        frequency_score,
        monetary_score,

        case
            when recency_score >= 4 and frequency_score >= 4 and monetary_score >= 4 then 'champions'
            when recency_score >= 3 and frequency_score >= 4 then 'loyal'
            when recency_score >= 4 and frequency_score <= 2 then 'new'
            when recency_score >= 3 then 'promising'
            when frequency_score >= 4 then 'at_risk'
            when recency_score = 2 then 'cooling'
            else 'lost'
        end as segment,

        as_of_date
    from scored

)

select * from final
