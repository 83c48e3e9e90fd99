-- Every article of the served run's catalogue with the places (customer and rank up to 12) it has; seldom_first counts from the
-- one with the fewest places, ties by id.
create or replace view article_places as
select
    shelf.article_id as article_id,
    counted.n as places,
    row_number() over (order by places, article_id) as seldom_first,
    count() over () as articles
from (select article_id from articles where run = (select argMax(run, seq) from pointer)) as shelf
left join
(
    select arrayJoin(arraySlice(article_ids, 1, 12)) as article_id, count() as n
    from recommendations
    where run = (select argMax(run, seq) from pointer)
    group by article_id
) as counted on shelf.article_id = counted.article_id
