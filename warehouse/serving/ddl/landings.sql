-- The warehouse owns what has landed; this is its last word, taken at a publication and at a report. Readers use landed_files.
create table if not exists landings
(
    taken_at     DateTime64(3, 'UTC')      comment 'When the warehouse was asked; the rows of the latest moment are in force',
    landing_id   UInt32                    comment 'Landing: all files of one call',
    file_name    String                    comment 'Name of the file',
    file_kind    LowCardinality(String)    comment 'articles, customers, transactions or events',
    sha256       String                    comment 'SHA-256 of the file',
    rows_landed  UInt64                    comment 'Rows that landed',
    first_day    Nullable(Date)            comment 'First day of its purchases; none in a snapshot',
    last_day     Nullable(Date)            comment 'Last day of its purchases; none in a snapshot',
    look_alike   LowCardinality(String)    comment 'Version of the synthetic look-alike it is of; empty for a real file'
)
engine = MergeTree
order by (taken_at, landing_id, file_kind, file_name)
comment 'One row per moment and landed file: what has landed'
