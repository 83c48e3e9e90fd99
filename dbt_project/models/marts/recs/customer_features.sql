{{ config(sort_by=['customer_key'], rows_per_group=65536) }}

{%- set favourites = {'department': 'department_no', 'section': 'section_no', 'colour_group': 'colour_group_code'} %}

with

as_of_days as (

    select * from {{ ref('int_as_of_days') }}
    where {{ is_asked() }}

),

customer_days as (

    select * from {{ ref('int_customer_daily') }}

),

as_of_customers as (

    select * from {{ ref('int_as_of_customers') }}
    where {{ is_asked() }}

),

customers as (

    select * from {{ ref('dim_customers') }}

),

affinities as (

    select * from {{ ref('customer_category_features') }}
    where {{ is_asked() }}

),

seen as (

    select /*+ merge(as_of_customers) */
        customer_days.*,
        as_of_days.as_of_date,
        as_of_days.days_since,
        as_of_days.half_30d_nanos
    from customer_days
    inner join as_of_customers on customer_days.customer_key = as_of_customers.customer_key
    inner join as_of_days
        on
            customer_days.t_dat = as_of_days.t_dat
            and as_of_customers.as_of_date = as_of_days.as_of_date

),

measured as (

    select
        as_of_date,
        customer_key,
        count(*) as n_days,
        {%- for days in [28, 91, 364] %}
        {{ window_sum('1', days) }} as n_days_{{ days }}d,
        {%- endfor %}
        sum(n_lines) as n_lines,
        {%- for days in [7, 28, 91, 364] %}
        {{ window_sum('n_lines', days) }} as n_lines_{{ days }}d,
        {%- endfor %}
        sum(n_articles) as n_article_days,
        sum(n_repeat_articles) as n_repeat_article_days,
        {{ window_sum('n_articles', 91) }} as n_article_days_91d,
        {{ window_sum('n_repeat_articles', 91) }} as n_repeat_article_days_91d,
        sum(n_lines * half_30d_nanos) as decayed_30d_nanos,
        sum(n_online_lines) as n_online_lines,
        {{ window_sum('n_online_lines', 91) }} as n_online_lines_91d,
        sum(if(dayofweek(t_dat) in (1, 7), n_lines, 0)) as n_weekend_lines,
        sum(spend_nanos) as spend_nanos,
        {{ window_sum('spend_nanos', 91) }} as spend_91d_nanos,
        max(days_since) as days_since_first,
        min(days_since) as days_since_last,
        sum(coalesce(days_since_previous, 0) * coalesce(days_since_previous, 0)) as squared_gap_days,
        -- One row per customer and day: the last day has no rival.
        max_by(n_articles, t_dat) as last_basket_articles,
        max_by(n_repeat_articles, t_dat) as last_basket_repeat_articles
    from seen
    group by as_of_date, customer_key

),

-- Apart from the sums: a percentile would make Spark sort where sums need a hash table.
price_levels as (

    select
        as_of_date,
        customer_key,
        percentile(spend_nanos / n_lines, 0.5) as median_price_nanos
    from seen
    group by as_of_date, customer_key

),

-- The value with most lines wins, the smaller number where lines are equal: both in one number to order by.
ordered as (

    select
        *,
        n_lines * 4294967296 - category_value as strength
    from affinities
    where category in (
        {%- for column in favourites.values() %}
        '{{ column }}'{{ ',' if not loop.last }}
        {%- endfor %}
    )

),

favourites as (

    select
        as_of_date,
        customer_key,
        {%- for name, column in favourites.items() %}
        max_by(category_value, if(category = '{{ column }}', strength, null)) as favourite_{{ column }},
        max_by(share, if(category = '{{ column }}', strength, null)) as favourite_{{ name }}_share,
        cast(count_if(category = '{{ column }}') as int) as n_{{ name }}s{{ ',' if not loop.last }}
        {%- endfor %}
    from ordered
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
        {{ gap_columns('measured') }},

        {{ count_columns(
            ['n_days', 'n_days_28d', 'n_days_91d', 'n_days_364d',
             'n_lines', 'n_lines_7d', 'n_lines_28d', 'n_lines_91d', 'n_lines_364d'],
            'measured'
        ) }}
        cast(measured.n_article_days - measured.n_repeat_article_days as int) as n_articles,
        {{ from_nanos('measured.decayed_30d_nanos') }} as decayed_lines_30d,

        {{ ratio('measured.n_lines', 'measured.n_days') }} as mean_basket_lines,
        {{ ratio('measured.n_article_days', 'measured.n_days') }} as mean_basket_articles,
        measured.last_basket_articles,
        measured.last_basket_repeat_articles,
        {{ ratio('measured.n_repeat_article_days', 'measured.n_article_days') }} as repeat_share,
        {{ ratio('measured.n_repeat_article_days_91d', 'nullif(measured.n_article_days_91d, 0)') }} as repeat_share_91d,
        {{ ratio('measured.n_weekend_lines', 'measured.n_lines') }} as weekend_share,
        {{ ratio('measured.n_online_lines', 'measured.n_lines') }} as online_share,
        {{ ratio('measured.n_online_lines_91d', 'nullif(measured.n_lines_91d, 0)') }} as online_share_91d,

        {{ ratio('measured.spend_nanos', 'measured.n_lines * 1e9') }} as mean_price,
        {{ ratio('measured.spend_91d_nanos', 'nullif(measured.n_lines_91d * 1e9, 0)') }} as mean_price_91d,
        cast(price_levels.median_price_nanos / 1e9 as float) as median_price,
        {{ ratio('measured.spend_nanos', 'measured.n_days * 1e9') }} as mean_basket_spend,

        {%- for name, column in favourites.items() %}
        favourites.favourite_{{ column }},
        favourites.favourite_{{ name }}_share,
        favourites.n_{{ name }}s,
        {%- endfor %}

        measured.as_of_date
    from measured
    inner join customers on measured.customer_key = customers.customer_key
    inner join price_levels
        on
            measured.customer_key = price_levels.customer_key
            and measured.as_of_date = price_levels.as_of_date
    left join favourites
        on
            measured.customer_key = favourites.customer_key
            and measured.as_of_date = favourites.as_of_date

)

select * from final
