-- Around each article of the served run, six articles instead of it and six that go with it, by name.
create or replace view article_cards as
select
    around.asked_id as asked_id,
    asked.prod_name as asked_name,
    asked.product_type_name as asked_type,
    asked.colour_group_name as asked_colour,
    around.question as question,
    around.place as place,
    around.other_id as other_id,
    other.prod_name as other_name,
    other.product_type_name as other_type,
    other.colour_group_name as other_colour
from
(
    select article_id as asked_id, 'instead of it' as question, rank as place, similar_article_id as other_id
    from similar_articles
    where run = (select argMax(run, seq) from pointer) and rank <= 6
    union all
    select article_id as asked_id, 'with it' as question, rank as place, paired_article_id as other_id
    from complementary_articles
    where run = (select argMax(run, seq) from pointer) and rank <= 6
) as around
inner join (select * from articles where run = (select argMax(run, seq) from pointer)) as asked
    on around.asked_id = asked.article_id
inner join (select * from articles where run = (select argMax(run, seq) from pointer)) as other
    on around.other_id = other.article_id
