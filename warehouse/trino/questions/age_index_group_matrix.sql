-- Which age group buys from which index group, and where more than the average customer?
--
-- Parameters:
--   as_of_date: date = select date_add('day', 1, max(t_dat)) from raw.landed_days
--     First day that is not counted; by default the day after the last landed one.
--   days: count = 91
--     Days before as_of_date to look at.
-- Answer:
--   age_bin: Age group; "unknown" where the age is
--   index_group_name: Index group; "unknown" where no articles file holds the article
--   n_lines: Lines bought
--   n_customers: Customers who bought them
--   share_of_age_group: Share of the age group's lines, 0 to 1
--   affinity: share_of_age_group / the index group's share of all lines; over 1 = more than the average customer
-- Caveats:
--   - Customers buy for others: Baby/Children is bought by parents.
--   - A pair of groups without a purchase has no row. Exact duplicates in the files are real purchases and counted.

with

sales as (

    select
        customer_key,
        article_key,
        sum(n_lines) as n_lines
    from marts.fct_transactions
    where
        t_month >= date_format(date_add('day', -:days, :as_of_date), '%Y-%m')
        and t_month <= date_format(:as_of_date, '%Y-%m')
        and t_dat >= date_add('day', -:days, :as_of_date)
        and t_dat < :as_of_date
    group by customer_key, article_key

),

cells as (

    select
        dim_customers.age_bin,
        coalesce(dim_articles.index_group_name, 'unknown') as index_group_name,
        sum(sales.n_lines) as n_lines,
        count(distinct sales.customer_key) as n_customers
    from sales
    inner join marts.dim_customers on sales.customer_key = dim_customers.customer_key
    inner join marts.dim_articles on sales.article_key = dim_articles.article_key
    group by dim_customers.age_bin, coalesce(dim_articles.index_group_name, 'unknown')

),

compared as (

    select
        *,
        cast(n_lines as double) / sum(n_lines) over (partition by age_bin) as share_of_age_group,
        cast(sum(n_lines) over (partition by index_group_name) as double) / sum(n_lines) over () as share_of_all
    from cells

)

select
    age_bin,
    index_group_name,
    n_lines,
    n_customers,
    round(share_of_age_group, 4) as share_of_age_group,
    round(share_of_age_group / share_of_all, 2) as affinity
from compared
order by age_bin asc, n_lines desc, index_group_name asc
