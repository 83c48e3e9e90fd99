{{ config(sort_by=['t_dat', 'article_key']) }}

with

lines as (

    select * from {{ ref('int_customer_article_daily') }}
    where {{ is_touched_month() }}

),

customers as (

    select
        customer_key,
        age
    from {{ ref('dim_customers') }}

),

final as (

    select
        lines.t_dat,

        lines.article_key,

        cast(count(*) as int) as n_customers,
        cast(sum(if(lines.purchase_no = 1, 1, 0)) as int) as n_first_customers,
        cast(sum(if(lines.purchase_no = 2, 1, 0)) as int) as n_second_customers,
        sum(coalesce(lines.days_since_previous, 0)) as repeat_gap_days,
        cast(sum(lines.n_lines) as int) as n_lines,
        cast(sum(lines.n_online_lines) as int) as n_online_lines,
        sum(lines.spend_nanos) as spend_nanos,
        cast(count(customers.age) as int) as n_aged_customers,
        coalesce(sum(customers.age), 0) as age_years,
        coalesce(sum(customers.age * customers.age), 0) as age_squared_years,

        lines.t_month
    from lines
    inner join customers on lines.customer_key = customers.customer_key
    group by lines.t_dat, lines.article_key, lines.t_month

)

select * from final
