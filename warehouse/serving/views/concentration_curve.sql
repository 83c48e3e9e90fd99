-- Articles from the most shown on, in hundredths of the catalogue, and the share of all places they have together.
create or replace view concentration_curve as
select
    hundredth,
    hundredth / 100 as share_of_articles,
    sum(places_here) over (order by hundredth) / sum(places_here) over () as share_of_places
from
(
    select intDiv((articles - seldom_first) * 100, articles) + 1 as hundredth, sum(places) as places_here
    from article_places
    group by hundredth
)
