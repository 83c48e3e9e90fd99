{{ config(sort_by=['customer_key', 'article_key'], rows_per_group=65536, rebalance=false) }}

with

as_of_days as (

    select * from {{ ref('int_as_of_days') }}
    where {{ is_asked() }}

),

lines as (

    select * from {{ ref('int_customer_article_daily') }}

),

customers as (

    select * from {{ ref('int_as_of_customers') }}
    where {{ is_asked() }}

),

article_days as (

    select * from {{ ref('int_article_daily') }}

),

articles as (

    select
        as_of_days.as_of_date,
        article_days.article_key,
        sum(article_days.repeat_gap_days) as gap_days,
        sum(article_days.n_customers - article_days.n_first_customers) as n_gaps
    from article_days
    inner join as_of_days on article_days.t_dat = as_of_days.t_dat
    group by as_of_days.as_of_date, article_days.article_key

),

-- The dates multiply the rows inside a customer's partition (merge on customer_key alone), so what is shuffled is small; the
-- articles' figures, one row per date and article, come to every partition, or all rows would be shuffled again, and wide.
seen as (

    select /*+ merge(customers) */
        lines.*,
        customers.as_of_date,
        customers.n_days as n_customer_days,
        customers.n_lines as n_customer_lines,
        as_of_days.days_since,
        as_of_days.inverse_nanos,
        as_of_days.half_7d_nanos,
        as_of_days.half_30d_nanos,
        as_of_days.half_90d_nanos
    from lines
    inner join customers on lines.customer_key = customers.customer_key
    inner join as_of_days
        on
            lines.t_dat = as_of_days.t_dat
            and customers.as_of_date = as_of_days.as_of_date

),

measured as (

    select
        customer_key,
        as_of_date,
        article_key,
        max(n_customer_days) as n_customer_days,
        max(n_customer_lines) as n_customer_lines,
        max(purchase_no) as n_days,
        {{ window_sum('1', 28) }} as n_days_28d,
        {{ window_sum('1', 91) }} as n_days_91d,
        sum(n_lines) as n_lines,
        {{ window_sum('n_lines', 7) }} as n_lines_7d,
        {{ window_sum('n_lines', 28) }} as n_lines_28d,
        {{ window_sum('n_lines', 91) }} as n_lines_91d,
        {{ between_sum('n_lines', 351, 378) }} as n_lines_year_ago,
        sum(n_online_lines) as n_online_lines,
        sum(spend_nanos) as spend_nanos,
        sum(n_lines * inverse_nanos) as decayed_nanos,
        sum(n_lines * half_7d_nanos) as decayed_7d_nanos,
        sum(n_lines * half_30d_nanos) as decayed_30d_nanos,
        sum(half_90d_nanos) as decayed_days_90d_nanos,
        max(days_since) as days_since_first,
        min(days_since) as days_since_last,
        min(customer_day_no) as first_day_no,
        max(customer_day_no) as last_day_no,
        sum(if(customer_day_no > n_customer_days - 3, 1, 0)) as n_of_last_3_baskets,
        sum(if(customer_day_no > n_customer_days - 10, 1, 0)) as n_of_last_10_baskets,
        sum(coalesce(days_since_previous, 0) * coalesce(days_since_previous, 0)) as squared_gap_days
    from seen
    group by customer_key, as_of_date, article_key

),

final as (

    select /*+ broadcast(articles) */
        measured.customer_key,
        measured.article_key,

        {{ count_columns(
            ['n_days', 'n_days_28d', 'n_days_91d', 'n_lines', 'n_lines_7d', 'n_lines_28d', 'n_lines_91d', 'n_lines_year_ago',
             'n_of_last_3_baskets', 'n_of_last_10_baskets'],
            'measured'
        ) }}

        {{ from_nanos('measured.decayed_nanos') }} as decayed_lines,
        {{ from_nanos('measured.decayed_7d_nanos') }} as decayed_lines_7d,
        {{ from_nanos('measured.decayed_30d_nanos') }} as decayed_lines_30d,
        {{ from_nanos('measured.decayed_days_90d_nanos') }} as decayed_days_90d,

        measured.days_since_first,
        measured.days_since_last,
        cast(measured.n_customer_days - measured.last_day_no as int) as n_baskets_since_last,
        {{ gap_columns('measured') }},
        {{ ratio('measured.days_since_last * articles.n_gaps', 'nullif(articles.gap_days, 0)') }} as article_dueness,

        {{ ratio('measured.n_lines', 'measured.n_customer_lines') }} as own_share,
        {{ ratio('measured.n_days', 'measured.n_customer_days - measured.first_day_no + 1') }} as basket_share_since_first,
        {{ ratio('measured.n_lines', 'measured.n_days') }} as mean_lines_per_day,
        {{ ratio('measured.n_online_lines', 'measured.n_lines') }} as online_share,
        {{ ratio('measured.spend_nanos', 'measured.n_lines * 1e9') }} as mean_price,

        measured.as_of_date
    from measured
    inner join articles
        on
            measured.article_key = articles.article_key
            and measured.as_of_date = articles.as_of_date

)

select * from final
