-- How much of what customers bought did each candidate source find, and how much did it alone find?
--
-- Parameters:
--   as_of_date: date = select max(as_of_date) from recs."candidates$partitions"
--     Label week to look at, by its first day; by default the last one with candidates.
-- Answer:
--   source: Candidate source
--   n_customers: Customers of the week for whom the source proposed anything
--   n_candidates: Articles it proposed to them
--   n_bought: Of these, articles the customer bought in the seven days from as_of_date on
--   precision: n_bought / n_candidates, 0 to 1
--   recall: n_bought / all articles these customers bought in the week, 0 to 1
--   n_bought_alone: Of n_bought, articles that no other source had proposed
--   mean_rank_bought: Mean rank inside the source of what was bought, 1 is best
-- Caveats:
--   - Candidates are kept for the label weeks the ranker learns from, and for customers who bought in them.
--   - Sources differ in how many articles they propose; read precision beside n_candidates.

with

bought as (

    select distinct
        customer_key,
        article_key
    from marts.fct_transactions
    where
        t_month between date_format(:as_of_date, '%Y-%m') and date_format(date_add('day', 6, :as_of_date), '%Y-%m')
        and t_dat between :as_of_date and date_add('day', 6, :as_of_date)

),

candidates as (

    select
        customer_key,
        article_key,
        source,
        rank as source_rank,
        count(*) over (partition by customer_key, article_key) as n_sources
    from recs.candidates
    where as_of_date = :as_of_date

),

totals as (

    select count(*) as n_bought from bought
    where customer_key in (select candidates.customer_key from candidates)

),

sources as (

    select
        candidates.source,
        count(distinct candidates.customer_key) as n_customers,
        count(*) as n_candidates,
        count(bought.article_key) as n_bought,
        count(bought.article_key) filter (where candidates.n_sources = 1) as n_bought_alone,
        avg(candidates.source_rank) filter (where bought.article_key is not null) as mean_rank_bought
    from candidates
    left join bought
        on
            candidates.customer_key = bought.customer_key
            and candidates.article_key = bought.article_key
    group by candidates.source

)

select
    source,
    n_customers,
    n_candidates,
    n_bought,
    round(cast(n_bought as double) / n_candidates, 4) as precision,
    round(cast(n_bought as double) / nullif((select totals.n_bought from totals), 0), 4) as recall,
    n_bought_alone,
    round(mean_rank_bought, 1) as mean_rank_bought
from sources
order by n_bought desc, n_candidates asc, source asc
