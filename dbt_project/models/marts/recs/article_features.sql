{{ config(sort_by=['article_key']) }}

{%- set windows = [3, 7, 14, 28, 56, 182, 364] %}

with

as_of_days as (

    select * from {{ ref('int_as_of_days') }}
    where {{ is_asked() }}

),

article_days as (

    select * from {{ ref('int_article_daily') }}

),

articles as (

    select * from {{ ref('dim_articles') }}

),

seen as (

    select
        article_days.*,
        as_of_days.as_of_date,
        as_of_days.days_since,
        as_of_days.inverse_nanos,
        as_of_days.half_7d_nanos,
        as_of_days.half_30d_nanos
    from article_days
    inner join as_of_days on article_days.t_dat = as_of_days.t_dat

),

measured as (

    select
        as_of_date,
        article_key,
        sum(n_lines) as n_lines,
        {%- for days in windows %}
        {{ window_sum('n_lines', days) }} as n_lines_{{ days }}d,
        {%- endfor %}
        {{ between_sum('n_lines', 358, 364) }} as n_lines_year_ago_7d,
        {{ between_sum('n_lines', 337, 364) }} as n_lines_year_ago_28d,
        count(*) as n_sale_days,
        {{ window_sum('1', 28) }} as n_sale_days_28d,
        sum(n_customers) as n_customer_days,
        {{ window_sum('n_customers', 28) }} as n_customer_days_28d,
        sum(n_first_customers) as n_buyers,
        {{ window_sum('n_first_customers', 28) }} as n_first_customers_28d,
        sum(n_second_customers) as n_repeat_buyers,
        sum(repeat_gap_days) as repeat_gap_days,
        sum(n_lines * inverse_nanos) as decayed_nanos,
        sum(n_lines * half_7d_nanos) as decayed_7d_nanos,
        sum(n_lines * half_30d_nanos) as decayed_30d_nanos,
        sum(n_online_lines) as n_online_lines,
        {{ window_sum('n_online_lines', 28) }} as n_online_lines_28d,
        sum(spend_nanos) as spend_nanos,
        {{ window_sum('spend_nanos', 7) }} as spend_7d_nanos,
        {{ window_sum('spend_nanos', 28) }} as spend_28d_nanos,
        sum(n_aged_customers) as n_aged_customers,
        sum(age_years) as age_years,
        sum(age_squared_years) as age_squared_years,
        max(days_since) as days_since_first,
        min(days_since) as days_since_last
    from seen
    group by as_of_date, article_key

),

-- Apart from the sums: a percentile would make Spark sort where sums need a hash table.
price_levels as (

    {{ median_prices('article_days', 'article_key') }}

),

-- Shares of the shop's own sales take out weekdays, holidays and growth, which touch every article alike.
compared as (

    select
        measured.*,
        price_levels.median_price_nanos,
        articles.product_type_no,
        sum(measured.n_lines_3d) over (partition by measured.as_of_date) as shop_lines_3d,
        sum(measured.n_lines_7d) over (partition by measured.as_of_date) as shop_lines_7d,
        sum(measured.n_lines_28d) over (partition by measured.as_of_date) as shop_lines_28d,
        rank() over (
            partition by measured.as_of_date
            order by measured.n_lines_7d desc
        ) as rank_7d,
        rank() over (
            partition by measured.as_of_date
            order by measured.decayed_nanos desc
        ) as rank_decayed,
        rank() over (
            partition by measured.as_of_date, articles.product_type_no
            order by measured.n_lines_28d desc
        ) as product_type_rank_28d,
        sum(measured.n_lines_28d) over (
            partition by measured.as_of_date, articles.product_type_no
        ) as product_type_lines_28d,
        sum(measured.n_lines_7d) over (
            partition by measured.as_of_date, articles.product_code
        ) as product_lines_7d,
        sum(measured.n_lines_28d) over (
            partition by measured.as_of_date, articles.product_code
        ) as product_lines_28d,
        sum(measured.n_lines_7d) over (
            partition by measured.as_of_date, articles.department_no
        ) as department_lines_7d,
        sum(measured.n_lines_28d) over (
            partition by measured.as_of_date, articles.department_no
        ) as department_lines_28d
    from measured
    inner join price_levels
        on
            measured.as_of_date = price_levels.as_of_date
            and measured.article_key = price_levels.article_key
    inner join articles on measured.article_key = articles.article_key

),

final as (

    select
        article_key,

        {{ count_columns(['n_lines']) }}
        {%- for days in windows %}
        cast(n_lines_{{ days }}d as int) as n_lines_{{ days }}d,
        {%- endfor %}
        {{ count_columns(
            ['n_lines_year_ago_7d', 'n_lines_year_ago_28d', 'n_sale_days', 'n_sale_days_28d', 'n_customer_days_28d', 'n_buyers',
             'n_repeat_buyers']
        ) }}

        {{ from_nanos('decayed_nanos') }} as decayed_lines,
        {{ from_nanos('decayed_7d_nanos') }} as decayed_lines_7d,
        {{ from_nanos('decayed_30d_nanos') }} as decayed_lines_30d,

        {{ ratio('n_lines_7d * 4', 'nullif(n_lines_28d, 0)') }} as trend_7d_28d,
        {{ ratio('n_lines_28d * 6.5', 'nullif(n_lines_182d, 0)') }} as trend_28d_182d,
        {{ ratio('n_lines_3d * shop_lines_28d', 'nullif(n_lines_28d * shop_lines_3d, 0)') }} as share_trend_3d_28d,
        {{ ratio('n_lines_7d * shop_lines_28d', 'nullif(n_lines_28d * shop_lines_7d, 0)') }} as share_trend_7d_28d,
        {{ ratio('department_lines_7d * shop_lines_28d', 'nullif(department_lines_28d * shop_lines_7d, 0)') }}
            as department_share_trend_7d_28d,

        {{ count_columns(['rank_7d', 'rank_decayed', 'product_type_rank_28d', 'product_lines_7d', 'product_lines_28d']) }}
        {{ ratio('n_lines_28d', 'nullif(product_type_lines_28d, 0)') }} as product_type_share_28d,

        {{ ratio('n_repeat_buyers', 'n_buyers') }} as repurchase_rate,
        {{ ratio('repeat_gap_days', 'nullif(n_customer_days - n_buyers, 0)') }} as repurchase_gap_days,
        {{ ratio('n_customer_days_28d - n_first_customers_28d', 'nullif(n_customer_days_28d, 0)') }} as repeat_share_28d,
        {{ ratio('n_lines', 'n_customer_days') }} as mean_lines_per_basket,

        days_since_first,
        days_since_last,

        {{ ratio('spend_nanos', 'n_lines * 1e9') }} as mean_price,
        {{ ratio('spend_28d_nanos', 'nullif(n_lines_28d * 1e9, 0)') }} as mean_price_28d,
        cast(median_price_nanos / 1e9 as float) as median_price,
        cast(1 - spend_7d_nanos / nullif(n_lines_7d * median_price_nanos, 0) as float) as discount_7d,

        {{ ratio('n_online_lines', 'n_lines') }} as online_share,
        {{ ratio('n_online_lines_28d', 'nullif(n_lines_28d, 0)') }} as online_share_28d,
        {{ ratio('age_years', 'nullif(n_aged_customers, 0)') }} as buyers_mean_age_years,
        {{ deviation('age_squared_years', 'age_years', 'n_aged_customers') }} as buyers_age_deviation_years,

        as_of_date
    from compared

)

select * from final
