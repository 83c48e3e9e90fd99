-- How evenly the served run shows the catalogue. Gini: 0 where every article has as many places, near 1 where few have all;
-- articles that are never shown count with zero.
create or replace view article_concentration as
select
    count() as all_articles,
    countIf(places > 0) as shown_articles,
    shown_articles / all_articles as catalogue_coverage,
    sum(places) as all_places,
    2 * sum(seldom_first * places) / (all_articles * all_places) - (all_articles + 1) / all_articles as gini,
    sumIf(places, seldom_first > articles - ceil(articles * 0.01)) / all_places as share_of_top_percent
from article_places
having all_places > 0
