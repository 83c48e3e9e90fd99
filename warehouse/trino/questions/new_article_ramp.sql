-- How do new articles sell in the weeks after their first sale?
--
-- Parameters:
--   as_of_date: date = select date_add('day', 1, max(t_dat)) from raw.landed_days
--     First day that is not counted; by default the day after the last landed one.
--   weeks: count = 8
--     Weeks to follow each article, the first one from the day of its first sale on.
--   launch_days: count = 91
--     Articles first sold in these days, which end where every article has its weeks before as_of_date.
-- Answer:
--   index_group_name: Index group; "unknown" where no articles file holds the article
--   week_no: Week since the first sale, 1 is the first
--   n_articles: New articles of the index group
--   n_selling: Of these, articles that sold in the week
--   selling_share: n_selling / n_articles, 0 to 1
--   n_lines: Lines sold in the week
--   lines_per_article: n_lines / n_articles
--   online_share: Share of these lines sold online, 0 to 1
-- Caveats:
--   - New means never sold before in the log; in the log's first weeks that is everything.
--   - A week in which none of a group's new articles sold has no row.
--   - The first week begins with a sale, so it is never empty; compare the weeks after it with each other.

with

-- The whole log before the end of the launch days: an article is new only if it never sold before.
launches as (

    select
        article_key,
        min(t_dat) as first_day
    from marts.fct_transactions
    where
        t_month <= date_format(date_add('day', -7 * :weeks, :as_of_date), '%Y-%m')
        and t_dat < date_add('day', -7 * :weeks, :as_of_date)
    group by article_key
    having min(t_dat) >= date_add('day', -7 * :weeks - :launch_days, :as_of_date)

),

new_articles as (

    select
        launches.article_key,
        launches.first_day,
        coalesce(dim_articles.index_group_name, 'unknown') as index_group_name,
        count(*) over (partition by coalesce(dim_articles.index_group_name, 'unknown')) as n_articles
    from launches
    inner join marts.dim_articles on launches.article_key = dim_articles.article_key

),

sales as (

    select
        new_articles.index_group_name,
        new_articles.n_articles,
        fct_transactions.article_key,
        fct_transactions.n_lines,
        fct_transactions.sales_channel_id,
        date_diff('day', new_articles.first_day, fct_transactions.t_dat) / 7 + 1 as week_no
    from marts.fct_transactions
    inner join new_articles on fct_transactions.article_key = new_articles.article_key
    where
        fct_transactions.t_month >= date_format(date_add('day', -7 * :weeks - :launch_days, :as_of_date), '%Y-%m')
        and fct_transactions.t_month <= date_format(:as_of_date, '%Y-%m')
        and fct_transactions.t_dat < :as_of_date

)

select
    index_group_name,
    week_no,
    n_articles,
    count(distinct article_key) as n_selling,
    round(cast(count(distinct article_key) as double) / n_articles, 4) as selling_share,
    sum(n_lines) as n_lines,
    round(cast(sum(n_lines) as double) / n_articles, 2) as lines_per_article,
    round(coalesce(sum(n_lines) filter (where sales_channel_id = 2), 0) / cast(sum(n_lines) as double), 4) as online_share
from sales
where week_no <= :weeks
group by index_group_name, n_articles, week_no
order by index_group_name, week_no
