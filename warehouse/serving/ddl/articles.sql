create table if not exists articles
(
    run                 UInt32                    comment 'Run',
    article_id          String                    comment 'Article, 10 digits with leading zero',
    product_code        Int32                     comment 'Product: the article without its colour and pattern',
    prod_name           String                    comment 'Product name',
    product_type_name   LowCardinality(String)    comment 'Product type',
    product_group_name  LowCardinality(String)    comment 'Product group',
    colour_group_name   LowCardinality(String)    comment 'Colour group',
    department_name     LowCardinality(String)    comment 'Department',
    section_name        LowCardinality(String)    comment 'Section',
    index_group_name    LowCardinality(String)    comment 'Index group'
)
engine = MergeTree
partition by run
order by (run, article_id)
settings index_granularity = 1024
comment 'One row per run and article: names for display'
