{{ config(sort_by=['customer_key', 'article_key']) }}

with

spine as (

    {{ as_of_spine() }}

),

customer_days as (

    select
        customer_key,
        t_dat,
        n_lines,
        cast(row_number() over (
            partition by customer_key
            order by t_dat
        ) as int) as day_no
    from {{ ref('int_customer_daily') }}

),

days as (

    select
        lines.customer_key,
        lines.article_key,
        lines.t_dat,
        lines.n_lines,
        lines.n_online_lines,
        lines.spend_nanos,
        customer_days.day_no
    from {{ ref('int_customer_article_daily') }} as lines
    inner join customer_days
        on
            lines.customer_key = customer_days.customer_key
            and lines.t_dat = customer_days.t_dat

),

customers as (

    select
        spine.as_of_date,
        customer_days.customer_key,
        count(*) as n_customer_days,
        sum(customer_days.n_lines) as n_customer_lines,
        max(customer_days.t_dat) as last_day
    from customer_days
    inner join spine on customer_days.t_dat < spine.as_of_date
    group by spine.as_of_date, customer_days.customer_key

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
        article_key,
        count(*) as n_days,
        sum(n_lines) as n_lines,
        {{ window_sum('n_lines', 7) }} as n_lines_7d,
        {{ window_sum('n_lines', 28) }} as n_lines_28d,
        {{ window_sum('n_lines', 91) }} as n_lines_91d,
        {{ window_sum('1', 91) }} as n_days_91d,
        sum(n_online_lines) as n_online_lines,
        sum(spend_nanos) as spend_nanos,
        sum(n_lines * {{ inverse_days_nanos() }}) as decayed_nanos,
        sum(n_lines * {{ half_life_nanos(7) }}) as decayed_7d_nanos,
        sum(n_lines * {{ half_life_nanos(30) }}) as decayed_30d_nanos,
        sum({{ half_life_nanos(60) }}) as decayed_days_60d_nanos,
        max(days_since) as days_since_first,
        min(days_since) as days_since_last,
        min(day_no) as first_day_no,
        max(day_no) as last_day_no
    from seen
    group by as_of_date, customer_key, article_key

),

final as (

    select
        measured.customer_key,
        measured.article_key,

        cast(measured.n_days as int) as n_days,
        cast(measured.n_days_91d as int) as n_days_91d,
        cast(measured.n_lines as int) as n_lines,
        cast(measured.n_lines_7d as int) as n_lines_7d,
        cast(measured.n_lines_28d as int) as n_lines_28d,
        cast(measured.n_lines_91d as int) as n_lines_91d,

        {{ from_nanos('measured.decayed_nanos') }} as decayed_lines,
        {{ from_nanos('measured.decayed_7d_nanos') }} as decayed_lines_7d,
        {{ from_nanos('measured.decayed_30d_nanos') }} as decayed_lines_30d,
        {{ from_nanos('measured.decayed_days_60d_nanos') }} as decayed_days_60d,

        measured.days_since_first,
        measured.days_since_last,
        {{ ratio('measured.days_since_first - measured.days_since_last', 'nullif(measured.n_days - 1, 0)') }} as mean_gap_days,
        {{ ratio(
            'measured.days_since_last * (measured.n_days - 1)',
            'nullif(measured.days_since_first - measured.days_since_last, 0)'
        ) }} as dueness,

        {{ ratio('measured.n_lines', 'customers.n_customer_lines') }} as own_share,
        {{ ratio('measured.n_days', 'customers.n_customer_days - measured.first_day_no + 1') }} as basket_share_since_first,
        cast(customers.n_customer_days - measured.last_day_no as int) as n_customer_days_since,
        {{ ratio('measured.n_online_lines', 'measured.n_lines') }} as online_share,
        {{ ratio('measured.spend_nanos', 'measured.n_lines * 1e9') }} as mean_price,

        measured.as_of_date
    from measured
    inner join customers
        on
            measured.as_of_date = customers.as_of_date
            and measured.customer_key = customers.customer_key

)

select * from final
