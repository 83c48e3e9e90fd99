-- How much of the assortment do the recommendations show, and how much do they lean on a few articles?
--
-- Parameters:
--   as_of_date: date = select max(as_of_date) from recs."recommendations$partitions"
--     Date of the recommendations; by default the last one.
--   top: count = 12
--     Ranks that are shown.
-- Answer:
--   n_customers: Customers with recommendations
--   n_full_lists: Of these, customers with as many articles as are shown
--   n_shown: Articles shown, over all customers
--   n_articles: Different articles shown
--   n_articles_sold_28d: Articles sold in the 28 days before as_of_date
--   coverage: Of these, share that is shown to anybody, 0 to 1
--   top_percent_share: Share of n_shown taken by the hundredth of the shown articles (one at least) shown most, 0 to 1
--   gini: Inequality among the shown articles: 0 = all shown alike, near 1 = one article for everybody
--   repeat_share: Share of n_shown that the customer had bought before, 0 to 1
-- Caveats:
--   - Articles nobody is shown count for coverage, not for gini.
--   - The marts of as_of_date must be built (data_freshness lists what is).

with

shown as (

    select
        customer_key,
        article_key
    from recs.recommendations
    where
        as_of_date = :as_of_date
        and rank <= :top

),

lists as (

    select
        count(*) as n_customers,
        count_if(n_articles = :top) as n_full_lists
    from (
        select
            customer_key,
            count(*) as n_articles
        from shown
        group by customer_key
    ) as list_lengths

),

articles as (

    select
        article_key,
        count(*) as n_shown,
        row_number() over (order by count(*)) as place,
        count(*) over () as n_articles
    from shown
    group by article_key

),

-- Gini over ascending places i of n articles shown x times: 2 * sum(i * x) / (n * sum(x)) - (n + 1) / n.
concentration as (

    select
        sum(n_shown) as n_shown,
        count(*) as n_articles,
        sum(n_shown) filter (where place > n_articles - ceiling(n_articles / 1e2)) as n_shown_of_top_percent,
        2e0 * sum(place * n_shown) / (count(*) * sum(n_shown)) - (count(*) + 1e0) / count(*) as gini
    from articles

),

assortment as (

    select
        count(*) as n_articles_sold,
        count(articles.article_key) as n_covered
    from marts.article_features
    left join articles on article_features.article_key = articles.article_key
    where
        article_features.as_of_date = :as_of_date
        and article_features.n_lines_28d > 0

),

repeats as (

    select count(*) as n_repeats
    from marts.customer_article_features
    inner join shown
        on
            customer_article_features.customer_key = shown.customer_key
            and customer_article_features.article_key = shown.article_key
    where customer_article_features.as_of_date = :as_of_date

)

-- One row each.
select
    lists.n_customers,
    lists.n_full_lists,
    concentration.n_shown,
    concentration.n_articles,
    assortment.n_articles_sold as n_articles_sold_28d,
    round(cast(assortment.n_covered as double) / nullif(assortment.n_articles_sold, 0), 4) as coverage,
    round(cast(concentration.n_shown_of_top_percent as double) / concentration.n_shown, 4) as top_percent_share,
    round(concentration.gini, 4) as gini,
    round(cast(repeats.n_repeats as double) / concentration.n_shown, 4) as repeat_share
from lists
cross join concentration
cross join assortment
cross join repeats
