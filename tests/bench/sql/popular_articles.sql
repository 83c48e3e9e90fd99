with articles as (
    select article_key, coalesce(index_group_no::varchar, 'unknown') as index_group_no,
        row_number() over (order by article_id) as article_no
    from dim_articles
),
counted as (
    select article_key, age_bin, coalesce(sales_channel_id::varchar, 'unknown') as sales_channel_id,
        exact(sum(n_lines)) as n_lines, exact(sum(if(days_since <= 7, n_lines, 0))) as n_lines_7d,
        exact(sum(n_lines * inverse_nanos)) as decayed_nanos
    from int_article_segment_daily inner join days using (t_dat)
    group by all
),
segmented as (
    select article_key, article_no,
        case grouping(age_bin) * 4 + grouping(index_group_no) * 2 + grouping(sales_channel_id)
            when 7 then 'overall' when 3 then 'age_bin' when 5 then 'index_group' when 6 then 'channel'
            when 0 then 'age_bin_index_group_channel'
        end as segment,
        if(grouping(age_bin) = 1, 'all', age_bin) as age_bin,
        if(grouping(index_group_no) = 1, 'all', index_group_no) as index_group_no,
        if(grouping(sales_channel_id) = 1, 'all', sales_channel_id) as sales_channel_id,
        exact(sum(n_lines)) as n_lines, exact(sum(n_lines_7d)) as n_lines_7d, exact(sum(decayed_nanos)) as decayed_nanos
    from counted inner join articles using (article_key)
    group by grouping sets (
        (article_key, article_no), (article_key, article_no, age_bin), (article_key, article_no, index_group_no),
        (article_key, article_no, sales_channel_id), (article_key, article_no, age_bin, index_group_no, sales_channel_id)
    )
),
ranked as (
    select *,
        row_number() over (
            partition by segment, age_bin, index_group_no, sales_channel_id order by n_lines_7d desc, article_no
        ) as rank_7d,
        row_number() over (
            partition by segment, age_bin, index_group_no, sales_channel_id order by decayed_nanos desc, article_no
        ) as rank_decayed
    from segmented
    where n_lines > 0
)
select segment, age_bin, index_group_no, sales_channel_id, article_key, n_lines::int as n_lines, n_lines_7d::int as n_lines_7d,
    (decayed_nanos / 1e9)::float as decayed_lines, if(n_lines_7d > 0, rank_7d, null)::int as rank_7d,
    rank_decayed::int as rank_decayed
from ranked
where rank_decayed <= 200 or (rank_7d <= 200 and n_lines_7d > 0)
order by segment, age_bin, index_group_no, sales_channel_id, rank_decayed
