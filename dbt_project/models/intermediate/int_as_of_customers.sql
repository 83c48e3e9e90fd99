{{ config(partition_by='as_of_date', sort_by=['customer_key']) }}

-- Only which customers a learning date holds comes from the days after it, never what is said of them.

with

as_of_days as (

    select * from {{ ref('int_as_of_days') }}
    where {{ is_asked() }}

),

customer_days as (

    select * from {{ ref('int_customer_daily') }}

),

before as (

    select
        as_of_days.as_of_date,
        customer_days.customer_key,
        count(*) as n_days,
        sum(customer_days.n_lines) as n_lines
    from customer_days
    inner join as_of_days on customer_days.t_dat = as_of_days.t_dat
    group by as_of_days.as_of_date, customer_days.customer_key

),

label_days as (

    select
        as_of_date,
        explode(sequence(as_of_date, as_of_date + 6)) as t_dat
    from (
        select distinct as_of_date from as_of_days
        where {{ is_learning() }}
    )

),

label_buyers as (

    select distinct
        label_days.as_of_date,
        customer_days.customer_key
    from customer_days
    inner join label_days on customer_days.t_dat = label_days.t_dat

),

final as (

    select
        before.customer_key,

        cast(before.n_days as int) as n_days,
        cast(before.n_lines as int) as n_lines,

        before.as_of_date
    from before
    left join label_buyers
        on
            before.customer_key = label_buyers.customer_key
            and before.as_of_date = label_buyers.as_of_date
    where label_buyers.customer_key is not null or not ({{ is_learning('before.as_of_date') }})

)

select * from final
