create table if not exists article_map
(
    run         UInt32   comment 'Run',
    article_id  String   comment 'Article, 10 digits with leading zero',
    x           Float32  comment 'Place on the map; the axis has no meaning',
    y           Float32  comment 'Place on the map; the axis has no meaning'
)
engine = MergeTree
partition by run
order by (run, article_id)
comment 'One row per run and best-selling article: a map on which articles that replace each other lie together'
