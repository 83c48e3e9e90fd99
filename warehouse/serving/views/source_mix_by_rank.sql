-- Where the articles shown by the served run come from: share of every candidate source at each of the 12 places.
-- shown_as names the seven largest sources and puts the rest together, as many as colours can be told apart.
create or replace view source_mix_by_rank as
select
    place,
    source,
    articles,
    articles / sum(articles) over (partition by place) as share,
    of_source / sum(articles) over () as share_of_all,
    dense_rank() over (order by of_source desc, source) as source_order,
    if(source_order <= 7, source, 'all other sources') as shown_as
from
(
    select place, source, articles, sum(articles) over (partition by source) as of_source
    from
    (
        select place, toString(shown_source) as source, count() as articles
        from recommendations
        array join arraySlice(sources, 1, 12) as shown_source, arrayEnumerate(arraySlice(sources, 1, 12)) as place
        where run = (select argMax(run, seq) from pointer)
        group by place, source
    )
)
