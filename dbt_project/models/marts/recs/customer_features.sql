{{ config(sort_by=['customer_key']) }}

with

spine as (

    {{ as_of_spine() }}

),

days as (

    select * from {{ ref('int_customer_daily') }}

),

customers as (

    select * from {{ ref('dim_customers') }}

),

seen as (

    select
        days.*,
        spine.as_of_date,
        datediff(spine.as_of_date, days.t_dat) as days_since
    from days
    inner join spine on days.t_dat < spine.as_of_date

),

measured as (

    select
        as_of_date,
        customer_key,
        count(*) as n_days,
        {{ window_sum('1', 28) }} as n_days_28d,
        {{ window_sum('1', 91) }} as n_days_91d,
        sum(n_articles) as n_article_days,
        sum(n_lines) as n_lines,
        {{ window_sum('n_lines', 7) }} as n_lines_7d,
        {{ window_sum('n_lines', 28) }} as n_lines_28d,
        {{ window_sum('n_lines', 91) }} as n_lines_91d,
        {{ window_sum('n_lines', 364) }} as n_lines_364d,
        sum(n_online_lines) as n_online_lines,
        sum(spend_nanos) as spend_nanos,
        max(days_since) as days_since_first,
        min(days_since) as days_since_last
    from seen
    group by as_of_date, customer_key

),

final as (

    select
        measured.customer_key,

        customers.age,
        customers.age_bin,
        customers.fn,
        customers.active,

        measured.days_since_first as tenure_days,
        measured.days_since_last,
        {{ ratio('measured.days_since_first - measured.days_since_last', 'nullif(measured.n_days - 1, 0)') }} as mean_gap_days,
        {{ ratio(
            'measured.days_since_last * (measured.n_days - 1)',
            'nullif(measured.days_since_first - measured.days_since_last, 0)'
        ) }} as dueness,

        cast(measured.n_days as int) as n_days,
        cast(measured.n_days_28d as int) as n_days_28d,
        cast(measured.n_days_91d as int) as n_days_91d,
        cast(measured.n_lines as int) as n_lines,
        cast(measured.n_lines_7d as int) as n_lines_7d,
        cast(measured.n_lines_28d as int) as n_lines_28d,
        cast(measured.n_lines_91d as int) as n_lines_91d,
        cast(measured.n_lines_364d as int) as n_lines_364d,

        {{ ratio('measured.n_lines', 'measured.n_days') }} as mean_basket_lines,
        {{ ratio('measured.n_article_days', 'measured.n_days') }} as mean_basket_articles,
        {{ ratio('measured.spend_nanos', 'measured.n_lines * 1e9') }} as mean_price,
        {{ ratio('measured.n_online_lines', 'measured.n_lines') }} as online_share,

        measured.as_of_date
    from measured
    inner join customers on measured.customer_key = customers.customer_key

)

select * from final
