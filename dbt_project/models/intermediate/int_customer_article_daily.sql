{{ config(sort_by=['t_dat', 'customer_key', 'article_key']) }}

with

transactions as (

    select * from {{ ref('fct_transactions') }}

),

-- Nearly every line is a row of its own: summed where it lies it would be shuffled whole all the same, and once more for
-- the customer's windows. By customer it is shuffled once.
by_customer as (

    select /*+ repartition(customer_key) */
        t_dat,
        customer_key,
        article_key,
        t_month,
        n_lines,
        {{ online_lines() }} as n_online_lines,
        {{ spend_nanos() }} as spend_nanos
    from transactions

),

days as (

    select
        t_dat,
        customer_key,
        article_key,
        t_month,
        sum(n_lines) as n_lines,
        sum(n_online_lines) as n_online_lines,
        sum(spend_nanos) as spend_nanos
    from by_customer
    group by t_dat, customer_key, article_key, t_month

),

-- Looks back only, so a day's row stays what it is whatever happens later.
numbered as (

    select
        *,
        row_number() over (
            partition by customer_key, article_key
            order by t_dat
        ) as purchase_no,
        datediff(
            t_dat,
            lag(t_dat) over (
                partition by customer_key, article_key
                order by t_dat
            )
        ) as days_since_previous,
        dense_rank() over (
            partition by customer_key
            order by t_dat
        ) as customer_day_no
    from days

),

final as (

    select
        t_dat,

        customer_key,
        article_key,

        cast(n_lines as int) as n_lines,
        cast(n_online_lines as int) as n_online_lines,
        spend_nanos,

        cast(purchase_no as int) as purchase_no,
        days_since_previous,
        cast(customer_day_no as int) as customer_day_no,

        t_month
    from numbered
    where {{ is_touched_month() }}

)

select * from final
