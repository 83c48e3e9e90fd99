-- Sent again, a row is the same row: the engine keeps one per key, and readers use the view events_once, which takes each id once.
create table if not exists events
(
    event_id      String                    comment 'One per event; a row sent again has the same one',
    kind          LowCardinality(String)    comment 'view, click, purchase or session',
    customer_id   String                    comment 'Customer, 64 hexadecimal digits' codec(ZSTD(1)),
    article_id    String                    comment 'Article, 10 digits with leading zero; empty where there is none',
    value         Decimal(12, 4)            comment 'Price of a purchase; steps of a session; otherwise 0',
    at            DateTime64(3, 'UTC')      comment 'When it happened; the simulated moment where is_simulated',
    session_id    String                    comment 'Visit it belongs to; empty where unknown',
    request_id    String                    comment 'Request of the API that brought it',
    is_simulated  Bool                      comment 'The customer was a simulated one: never an A/B result'
)
engine = ReplacingMergeTree
order by (customer_id, at, event_id)
comment 'One row per event: what customers did'
