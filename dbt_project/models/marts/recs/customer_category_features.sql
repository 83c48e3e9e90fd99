{{ config(sort_by=['customer_key'], rows_per_group=65536, rebalance=false) }}

with

as_of_days as (

    select * from {{ ref('int_as_of_days') }}
    where {{ is_asked() }} and days_since <= 364

),

customers as (

    select * from {{ ref('int_as_of_customers') }}
    where {{ is_asked() }}

),

lines as (

    select * from {{ ref('int_customer_article_daily') }}
    where {{ is_within(364) }}

),

articles as (

    select * from {{ article_labels() }}

),

-- The dates multiply the rows inside a customer's partition (merge on customer_key alone): the one shuffle is that of the
-- lines, and everything after it counts inside a customer.
seen as (

    select /*+ merge(customers) */
        lines.customer_key,
        lines.article_key,
        customers.as_of_date,
        sum(lines.n_lines) as n_lines,
        sum(lines.n_lines * as_of_days.half_90d_nanos) as decayed_nanos,
        min(as_of_days.days_since) as days_since_last
    from lines
    inner join customers on lines.customer_key = customers.customer_key
    inner join as_of_days
        on
            lines.t_dat = as_of_days.t_dat
            and customers.as_of_date = as_of_days.as_of_date
    group by lines.customer_key, customers.as_of_date, lines.article_key

),

-- A category is a number until the rows are final: it is part of what a hundred million rows are grouped by.
labelled as (

    select
        seen.customer_key,
        seen.as_of_date,
        seen.n_lines,
        seen.decayed_nanos,
        seen.days_since_last,
        stack(
            {{ article_categories() | length }},
            {%- for column in article_categories() %}
            {{ loop.index }},
            if({{ has_category(column, 'articles') }}, articles.{{ column }}, null){{ ',' if not loop.last }}
            {%- endfor %}
        ) as (category_no, category_value)
    from seen
    inner join articles on seen.article_key = articles.article_key

),

measured as (

    select
        as_of_date,
        customer_key,
        category_no,
        category_value,
        sum(n_lines) as n_lines,
        sum(decayed_nanos) as decayed_nanos,
        min(days_since_last) as days_since_last
    from labelled
    where category_value is not null
    group by as_of_date, customer_key, category_no, category_value

),

-- In the order the rows are written in: sorted once.
shared as (

    select
        *,
        sum(n_lines) over (partition by as_of_date, customer_key, category_no) as n_category_lines,
        sum(decayed_nanos) over (partition by as_of_date, customer_key, category_no) as decayed_category_nanos
    from measured

),

final as (

    select
        customer_key,
        element_at(
            array(
                {%- for column in article_categories() %}
                '{{ column }}'{{ ',' if not loop.last }}
                {%- endfor %}
            ),
            category_no
        ) as category,
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
