-- What has landed, as the warehouse last told.
create or replace view landed_files as
select landing_id, file_name, file_kind, sha256, rows_landed, first_day, last_day, look_alike, taken_at
from landings
where taken_at = (select max(taken_at) from landings)
