-- How fast did last season's new articles sell, and how much of them only after a mark-down?
--
-- Parameters:
--   season_from: date = select date_add('month', -6 - (month(max(t_dat)) + 10) % 6, date_trunc('month', max(t_dat)))
--       from raw.landed_days
--     First day of the season; seasons begin on 1 February and 1 August, by default the one before the last landed day's.
--   months: count = 6
--     Length of the season.
--   as_of_date: date = select date_add('day', 1, max(t_dat)) from raw.landed_days
--     First day that is not counted; by default the day after the last landed one.
--   markdown: number = 0.1
--     How far below the article's launch price a line counts as marked down; 0.1 = a tenth or more.
-- Answer:
--   garment_group_name: Garment group; "unknown" where no articles file holds the article
--   n_articles: Articles first sold in the season
--   n_lines: Lines of them sold so far
--   sold_in_28_days: Share of these lines sold in the article's first 28 days, 0 to 1
--   sold_in_season: Share of these lines sold before the season ended, 0 to 1
--   marked_down: Share of these lines marked down, 0 to 1
--   n_still_selling: Articles that sold in the 28 days before as_of_date
-- Caveats:
--   - The log holds no stock, so this is the share of what was sold so far, not of what was bought in.
--   - The launch price is the mean price per line of the article's first 28 days.
--   - New means never sold before in the log: with a season at its very start, older articles count as new.

with

-- The whole log before the season's end: an article is new only if it never sold before.
launches as (

    select
        article_key,
        min(t_dat) as first_day
    from marts.fct_transactions
    where
        t_month <= date_format(date_add('month', :months, :season_from), '%Y-%m')
        and t_dat < date_add('month', :months, :season_from)
        and t_dat < :as_of_date
    group by article_key
    having min(t_dat) >= :season_from

),

sales as (

    select
        launches.article_key,
        fct_transactions.t_dat,
        fct_transactions.price,
        fct_transactions.n_lines,
        fct_transactions.t_dat < date_add('day', 28, launches.first_day) as is_early
    from marts.fct_transactions
    inner join launches on fct_transactions.article_key = launches.article_key
    where
        fct_transactions.t_month >= date_format(:season_from, '%Y-%m')
        and fct_transactions.t_month <= date_format(:as_of_date, '%Y-%m')
        and fct_transactions.t_dat < :as_of_date

),

priced as (

    select
        *,
        sum(if(is_early, price * n_lines)) over (partition by article_key)
        / sum(if(is_early, n_lines)) over (partition by article_key) as launch_price
    from sales

),

articles as (

    select
        article_key,
        sum(n_lines) as n_lines,
        sum(n_lines) filter (where is_early) as n_early_lines,
        coalesce(sum(n_lines) filter (where t_dat < date_add('month', :months, :season_from)), 0) as n_season_lines,
        coalesce(sum(n_lines) filter (where price <= (1 - :markdown) * launch_price), 0) as n_marked_down_lines,
        max(t_dat) >= date_add('day', -28, :as_of_date) as is_still_selling
    from priced
    group by article_key

)

select
    coalesce(dim_articles.garment_group_name, 'unknown') as garment_group_name,
    count(*) as n_articles,
    sum(articles.n_lines) as n_lines,
    round(cast(sum(articles.n_early_lines) as double) / sum(articles.n_lines), 4) as sold_in_28_days,
    round(cast(sum(articles.n_season_lines) as double) / sum(articles.n_lines), 4) as sold_in_season,
    round(cast(sum(articles.n_marked_down_lines) as double) / sum(articles.n_lines), 4) as marked_down,
    count_if(articles.is_still_selling) as n_still_selling
from marts.dim_articles
inner join articles on dim_articles.article_key = articles.article_key
group by coalesce(dim_articles.garment_group_name, 'unknown')
order by n_lines desc, garment_group_name asc
