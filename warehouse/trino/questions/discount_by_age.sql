-- Which age groups buy at a discount, and how many of their customers live on it?
--
-- Parameters:
--   as_of_date: date = select max(as_of_date) from marts."article_features$partitions"
--     First day that is not counted; by default the last as-of date built.
--   days: count = 91
--     Days before as_of_date to look at.
--   discount: number = 0.1
--     How far below the article's usual price a line counts as discounted; 0.1 = a tenth or more.
-- Answer:
--   age_bin: Age group; "unknown" where the age is
--   n_customers: Customers who bought in these days
--   n_lines: Lines they bought
--   spend: Money they spent, in the retailer's unit
--   discounted_share: Share of these lines bought at a discount, 0 to 1
--   n_bargain_hunters: Customers with half of their lines or more at a discount
--   bargain_hunter_share: n_bargain_hunters / n_customers, 0 to 1
-- Caveats:
--   - The log holds no list price; the usual price is the median over the article's sale days before as_of_date.
--   - Prices are in the retailer's scaled unit, no currency. Exact duplicates in the files are real purchases and counted.

with

usual_prices as (

    select
        article_key,
        median_price
    from marts.article_features
    where as_of_date = :as_of_date

),

-- Rounded, because the usual price is a 32-bit number: a tenth off shall be a tenth off.
sales as (

    select
        fct_transactions.customer_key,
        fct_transactions.price,
        fct_transactions.n_lines,
        round(1 - cast(fct_transactions.price as double) / nullif(usual_prices.median_price, 0), 4) as discount
    from marts.fct_transactions
    inner join usual_prices on fct_transactions.article_key = usual_prices.article_key
    where
        fct_transactions.t_month >= date_format(date_add('day', -:days, :as_of_date), '%Y-%m')
        and fct_transactions.t_month <= date_format(:as_of_date, '%Y-%m')
        and fct_transactions.t_dat >= date_add('day', -:days, :as_of_date)
        and fct_transactions.t_dat < :as_of_date

),

customers as (

    select
        customer_key,
        sum(n_lines) as n_lines,
        sum(price * n_lines) as spend,
        coalesce(sum(n_lines) filter (where discount >= :discount), 0) as n_discounted_lines
    from sales
    group by customer_key

),

age_groups as (

    select
        dim_customers.age_bin,
        count(*) as n_customers,
        sum(customers.n_lines) as n_lines,
        sum(customers.spend) as spend,
        sum(customers.n_discounted_lines) as n_discounted_lines,
        count_if(2 * customers.n_discounted_lines >= customers.n_lines) as n_bargain_hunters
    from marts.dim_customers
    inner join customers on dim_customers.customer_key = customers.customer_key
    group by dim_customers.age_bin

)

select
    age_bin,
    n_customers,
    n_lines,
    cast(spend as decimal(18, 4)) as spend,
    round(cast(n_discounted_lines as double) / n_lines, 4) as discounted_share,
    n_bargain_hunters,
    round(cast(n_bargain_hunters as double) / n_customers, 4) as bargain_hunter_share
from age_groups
order by age_bin
