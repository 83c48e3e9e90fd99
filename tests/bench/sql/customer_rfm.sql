with measured as (
    select customer_key, min(days_since) as recency_days, count(*) as frequency_days, exact(sum(spend_nanos)) as spend_nanos
    from int_customer_daily inner join days using (t_dat)
    group by customer_key
),
scored as (
    select *,
        cast(5 * (rank() over (order by recency_days desc) - 1) // count(*) over () + 1 as int) as recency_score,
        cast(5 * (rank() over (order by frequency_days) - 1) // count(*) over () + 1 as int) as frequency_score,
        cast(5 * (rank() over (order by spend_nanos) - 1) // count(*) over () + 1 as int) as monetary_score
    from measured
)
select customer_key, recency_days, frequency_days::int as frequency_days, spend_nanos / 1e9 as monetary,
    recency_score, frequency_score, monetary_score,
    case
        when recency_score >= 4 and frequency_score >= 4 and monetary_score >= 4 then 'champions'
        when recency_score >= 3 and frequency_score >= 4 then 'loyal'
        when recency_score >= 4 and frequency_score <= 2 then 'new'
        when recency_score >= 3 then 'promising'
        when frequency_score >= 4 then 'at_risk'
        when recency_score = 2 then 'cooling'
        else 'lost'
    end as segment
from scored
order by customer_key
