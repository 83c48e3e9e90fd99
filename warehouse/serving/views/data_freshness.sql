-- How old the newest purchase is, and how much there is. One row; without purchases the days are null.
-- Parameter: today (Date).
create or replace view data_freshness as
select
    max(files.last_day) as last_day,
    dateDiff('day', max(files.last_day), {today:Date}) as days_ago,
    min(files.first_day) as first_day,
    count() as all_files,
    uniqExact(landing_id) as landings,
    sumIf(rows_landed, file_kind = 'transactions') as purchase_rows,
    arrayStringConcat(arraySort(groupUniqArrayIf(toString(files.look_alike), files.look_alike != '')), ', ') as look_alike
from landed_files as files
