{{ config(sort_by=['category', 'customer_key', 'category_value']) }}

with

as_of_days as (

    select * from {{ ref('int_as_of_days') }}
    where {{ is_asked() }}

),

lines as (

    select * from {{ ref('int_customer_article_daily') }}

),

articles as (

    select * from {{ article_labels() }}

),

labelled as (

    select
        lines.customer_key,
        lines.t_dat,
        lines.n_lines,
        stack(
            {{ article_categories() | length }},
            {%- for column in article_categories() %}
            '{{ column }}', if({{ has_category(column, 'articles') }}, articles.{{ column }}, null){{ ',' if not loop.last }}
            {%- endfor %}
        ) as (category, category_value)
    from lines
    inner join articles on lines.article_key = articles.article_key

),

-- First within a day, where a basket holds many articles of a category: the dates then multiply far fewer rows.
days as (

    select
        customer_key,
        category,
        category_value,
        t_dat,
        sum(n_lines) as n_lines
    from labelled
    where category_value is not null
    group by customer_key, category, category_value, t_dat

),

measured as (

    select
        as_of_days.as_of_date,
        days.customer_key,
        days.category,
        days.category_value,
        sum(days.n_lines) as n_lines,
        sum(days.n_lines * as_of_days.half_90d_nanos) as decayed_nanos,
        min(as_of_days.days_since) as days_since_last
    from days
    inner join as_of_days on days.t_dat = as_of_days.t_dat
    group by as_of_days.as_of_date, days.customer_key, days.category, days.category_value

),

shared as (

    select
        *,
        sum(n_lines) over (partition by as_of_date, customer_key, category) as n_category_lines,
        sum(decayed_nanos) over (partition by as_of_date, customer_key, category) as decayed_category_nanos
    from measured

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
    from shared

)

select * from final
