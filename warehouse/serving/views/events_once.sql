-- A client that sends an event again may have stamped it anew, so the id decides and the earliest moment stays.
create or replace view events_once as
select event_id, kind, customer_id, article_id, value, at, session_id, request_id, is_simulated
from events final
order by at
limit 1 by event_id
