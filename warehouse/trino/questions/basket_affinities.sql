-- Which articles are bought together far more often than chance would have it?
--
-- Parameters:
--   as_of_date: date = select max(as_of_date) from marts."article_pairs$partitions"
--     First day that is not counted; by default the last as-of date built.
--   article_id: text = null
--     Only pairs of this article, 10 digits with the leading zero; by default the pairs of all.
--   min_support: count = 3
--     Baskets that held both, at least: lift says little about rare pairs.
--   top: count = 50
--     Rows to show, highest lift first.
-- Answer:
--   article_id: Article
--   prod_name: Its name
--   paired_article_id: The article bought with it
--   paired_prod_name: Its name
--   support: Baskets that held both, in the 182 days before as_of_date
--   confidence: Share of the baskets with article_id that held the other one too, 0 to 1
--   lift: confidence / share of all baskets with the other one; 1 = by chance
-- Caveats:
--   - A basket is a customer's day. Baskets of one article and of very many (dbt var largest_paired_basket) do not count.
--   - A pair stands here in both directions, because confidence has one; each article keeps its 50 closest.
--   - Colours of one product are articles of their own, so they often lead the list.

with

pairs as (

    select * from marts.article_pairs
    where
        as_of_date = :as_of_date
        and support >= :min_support

),

articles as (

    select
        article_key,
        article_id,
        prod_name
    from marts.dim_articles

)

select
    articles.article_id,
    articles.prod_name,
    paired.article_id as paired_article_id,
    paired.prod_name as paired_prod_name,
    pairs.support,
    round(cast(pairs.confidence as double), 4) as confidence,
    round(cast(pairs.lift as double), 2) as lift
from pairs
inner join articles on pairs.article_key = articles.article_key
inner join articles as paired on pairs.paired_article_key = paired.article_key
where :article_id is null or articles.article_id = :article_id
order by pairs.lift desc, pairs.support desc, articles.article_id asc, paired.article_id asc
limit :top
