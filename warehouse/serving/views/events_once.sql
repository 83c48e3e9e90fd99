-- A client that sends an event again may have stamped it anew, so the id decides and the earliest moment stays.
create or replace view events_once as
with sent as (
    select
        event_id,
        min(at) as first_at,
        argMin((kind, customer_id, article_id, value, session_id, request_id, is_simulated), at) as what
    from events
    group by event_id
)

select
    event_id,
    what.1 as kind,
    what.2 as customer_id,
    what.3 as article_id,
    what.4 as value,
    first_at as at,
    what.5 as session_id,
    what.6 as request_id,
    what.7 as is_simulated
from sent
