-- Which candidate sources fed the recommendations that customers bought in the week after?
--
-- Parameters:
--   as_of_date: date = select max(as_of_date) from recs."recommendations$partitions"
--       where date_add('day', 6, as_of_date) <= (select max(t_dat) from raw.landed_days)
--     Date of the recommendations; by default the last one whose seven days after it have all landed.
--   top: count = 12
--     Ranks that were shown.
-- Answer:
--   source: Candidate source
--   n_shown: Articles shown to the week's buyers that the source had proposed
--   n_bought: Of these, articles the customer bought in the seven days from as_of_date on
--   bought_share: n_bought / n_shown, 0 to 1
--   share_of_bought: n_bought / all shown articles that were bought, 0 to 1
--   n_ranked_best: Of n_shown, articles that no source had ranked better
--   n_ranked_best_bought: Of these, articles that were bought
--   n_alone: Of n_shown, articles that no other source had proposed
--   n_alone_bought: Of these, articles that were bought
-- Caveats:
--   - Several sources propose the same article; n_shown and n_bought add up to more than was shown. n_ranked_best does not.
--   - Only customers who bought in the week count, and bought is not caused by: many would have bought it anyway.

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

buyers as (

    select distinct customer_key from bought

),

shown as (

    select
        recommendations.source as best_source,
        recommendations.sources,
        bought.article_key is not null as is_bought
    from recs.recommendations
    inner join buyers on recommendations.customer_key = buyers.customer_key
    left join bought
        on
            recommendations.customer_key = bought.customer_key
            and recommendations.article_key = bought.article_key
    where
        recommendations.as_of_date = :as_of_date
        and recommendations.rank <= :top

),

totals as (

    select count_if(is_bought) as n_bought from shown

),

-- One row per shown article and source that had proposed it.
proposed as (

    select
        proposals.source,
        shown.is_bought,
        shown.best_source = proposals.source as is_best,
        cardinality(shown.sources) = 1 as is_alone
    from shown
    cross join unnest(shown.sources) as proposals (source)

),

sources as (

    select
        source,
        count(*) as n_shown,
        count_if(is_bought) as n_bought,
        count_if(is_best) as n_ranked_best,
        count_if(is_best and is_bought) as n_ranked_best_bought,
        count_if(is_alone) as n_alone,
        count_if(is_alone and is_bought) as n_alone_bought
    from proposed
    group by source

)

select
    source,
    n_shown,
    n_bought,
    round(cast(n_bought as double) / n_shown, 4) as bought_share,
    round(cast(n_bought as double) / nullif((select totals.n_bought from totals), 0), 4) as share_of_bought,
    n_ranked_best,
    n_ranked_best_bought,
    n_alone,
    n_alone_bought
from sources
order by n_bought desc, n_shown asc, source asc
