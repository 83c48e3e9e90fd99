-- The best-selling articles of the served run on their map. shown_as names the six largest product groups (product types, where
-- a shop has one group only) and puts the rest together, as many as colours can be told apart.
create or replace view article_positions as
select
    article_id,
    x,
    y,
    prod_name,
    product_type_name,
    product_group_name,
    dense_rank() over (order by of_group desc, group_name) as group_order,
    if(group_order <= 6, group_name, 'all others') as shown_as
from
(
    select *, count() over (partition by group_name) as of_group
    from
    (
        select
            map.article_id as article_id,
            map.x as x,
            map.y as y,
            names.prod_name as prod_name,
            toString(names.product_type_name) as product_type_name,
            toString(names.product_group_name) as product_group_name,
            if(uniqExact(product_group_name) over () = 1, product_type_name, product_group_name) as group_name
        from (select * from article_map where run = (select argMax(run, seq) from pointer)) as map
        inner join (select * from articles where run = (select argMax(run, seq) from pointer)) as names
            on map.article_id = names.article_id
    )
)
