-- The best-selling articles of the served run on their map. shown_as names the six largest product groups and puts the rest
-- together, as many as colours can be told apart.
create or replace view article_positions as
select
    article_id,
    x,
    y,
    prod_name,
    product_type_name,
    product_group_name,
    dense_rank() over (order by of_group desc, product_group_name) as group_order,
    if(group_order <= 6, product_group_name, 'all other groups') as shown_as
from
(
    select
        map.article_id as article_id,
        map.x as x,
        map.y as y,
        names.prod_name as prod_name,
        toString(names.product_type_name) as product_type_name,
        toString(names.product_group_name) as product_group_name,
        count() over (partition by product_group_name) as of_group
    from (select * from article_map where run = (select argMax(run, seq) from pointer)) as map
    inner join (select * from articles where run = (select argMax(run, seq) from pointer)) as names
        on map.article_id = names.article_id
)
