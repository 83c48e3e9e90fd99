-- In which price bands do we sell, and how much of each band goes at a discount?
--
-- Parameters:
--   as_of_date: date = select max(as_of_date) from marts."article_features$partitions"
--     First day that is not counted; by default the last as-of date built.
--   days: count = 28
--     Days before as_of_date to look at.
--   band_width: number = 0.01
--     Width of a band, in the retailer's unit.
--   discount: number = 0.1
--     How far below the article's usual price a line counts as discounted; 0.1 = a tenth or more.
-- Answer:
--   price_from: Lowest price of the band, in the retailer's unit
--   price_to: First price above the band
--   n_lines: Lines sold in the band
--   share_of_lines: Their share of all lines of these days, 0 to 1
--   spend: Money spent on them, in the retailer's unit
--   n_customers: Customers who bought in the band
--   n_discounted_lines: Lines at a discount
--   discounted_share: n_discounted_lines / n_lines, 0 to 1
--   mean_discount: Mean discount of the discounted lines, 0 to 1
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
        fct_transactions.price - fct_transactions.price % :band_width as price_from,
        round(1 - cast(fct_transactions.price as double) / nullif(usual_prices.median_price, 0), 4) as discount
    from marts.fct_transactions
    inner join usual_prices on fct_transactions.article_key = usual_prices.article_key
    where
        fct_transactions.t_month >= date_format(date_add('day', -:days, :as_of_date), '%Y-%m')
        and fct_transactions.t_month <= date_format(:as_of_date, '%Y-%m')
        and fct_transactions.t_dat >= date_add('day', -:days, :as_of_date)
        and fct_transactions.t_dat < :as_of_date

),

bands as (

    select
        price_from,
        sum(n_lines) as n_lines,
        sum(price * n_lines) as spend,
        count(distinct customer_key) as n_customers,
        coalesce(sum(n_lines) filter (where discount >= :discount), 0) as n_discounted_lines,
        sum(n_lines * discount) filter (where discount >= :discount) as discounts
    from sales
    group by price_from

)

select
    cast(price_from as decimal(18, 4)) as price_from,
    cast(price_from + :band_width as decimal(18, 4)) as price_to,
    n_lines,
    round(cast(n_lines as double) / sum(n_lines) over (), 4) as share_of_lines,
    cast(spend as decimal(18, 4)) as spend,
    n_customers,
    n_discounted_lines,
    round(cast(n_discounted_lines as double) / n_lines, 4) as discounted_share,
    round(discounts / n_discounted_lines, 4) as mean_discount
from bands
order by price_from
