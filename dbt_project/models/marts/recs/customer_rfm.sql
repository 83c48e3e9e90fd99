{{ config(sort_by=['customer_key']) }}

with

spine as (

    {{ as_of_spine() }}

),

customer_days as (

    select * from {{ ref('int_customer_daily') }}

),

measured as (

    select
        spine.as_of_date,
        customer_days.customer_key,
        datediff(spine.as_of_date, max(customer_days.t_dat)) as recency_days,
        cast(count(*) as int) as frequency_days,
        sum(customer_days.spend_nanos) as spend_nanos
    from customer_days
    inner join spine on customer_days.t_dat < spine.as_of_date
    group by spine.as_of_date, customer_days.customer_key

),

-- Quintiles by rank, not by ntile: equal values get equal scores, so no tie has to be broken.
scored as (

    select
        *,
        {{ quintile('recency_days desc') }} as recency_score,
        {{ quintile('frequency_days') }} as frequency_score,
        {{ quintile('spend_nanos') }} as monetary_score
    from measured

),

final as (

    select
        customer_key,

        recency_days,
        frequency_days,
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
