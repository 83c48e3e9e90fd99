{{ config(sort_by=['customer_key']) }}

with

as_of_days as (

    select * from {{ ref('int_as_of_days') }}
    where {{ is_asked() }} and days_since <= 364

),

days as (

    {{ dates_side_by_side('as_of_days', ['days_since', 'half_90d_nanos']) }}

),

lines as (

    select * from {{ ref('int_customer_article_daily') }}
    where {{ is_within(364) }}

),

articles as (

    select * from {{ article_labels() }}

),

-- Everything after this counts inside a customer: the one shuffle is that of the lines.
of_customers as (

    select /*+ repartition(customer_key) */
        customer_key,
        article_key,
        t_dat,
        n_lines
    from lines

),

labelled as (

    select
        of_customers.customer_key,
        of_customers.n_lines,
        days.*,
        stack(
            {{ article_categories() | length }},
            {%- for column in article_categories() %}
            '{{ column }}', if({{ has_category(column, 'articles') }}, articles.{{ column }}, null){{ ',' if not loop.last }}
            {%- endfor %}
        ) as (category, category_value)
    from of_customers
    inner join articles on of_customers.article_key = articles.article_key
    inner join days on of_customers.t_dat = days.t_dat

),

measured as (

    select
        customer_key,
        category,
        category_value,
        {%- for day in as_of_dates() %}
        sum(if(days_since_{{ loop.index }} is not null, n_lines, 0)) as n_lines_{{ loop.index }},
        sum(n_lines * half_90d_nanos_{{ loop.index }}) as decayed_nanos_{{ loop.index }},
        min(days_since_{{ loop.index }}) as days_since_last_{{ loop.index }}
        {{- ',' if not loop.last }}
        {%- endfor %}
    from labelled
    where category_value is not null
    group by customer_key, category, category_value

),

shared as (

    select
        *
        {%- for day in as_of_dates() %}{% set i = loop.index %},
        sum(n_lines_{{ i }}) over (partition by customer_key, category) as n_category_lines_{{ i }},
        sum(decayed_nanos_{{ i }}) over (partition by customer_key, category) as decayed_category_nanos_{{ i }}
        {%- endfor %}
    from measured

),

by_date as (

    select
        customer_key,
        category,
        category_value,
        {{ by_date(['n_lines', 'decayed_nanos', 'days_since_last', 'n_category_lines', 'decayed_category_nanos']) }}
    from shared

),

final as (

    select
        customer_key,
        category,
        category_value,

        cast(n_lines as int) as n_lines,
        {{ from_nanos('decayed_nanos') }} as decayed_lines,
        {{ ratio('n_lines', 'n_category_lines') }} as share,
        {{ ratio('decayed_nanos', 'decayed_category_nanos') }} as decayed_share,
        days_since_last,

        as_of_date
    from by_date
    where days_since_last is not null

)

select * from final
