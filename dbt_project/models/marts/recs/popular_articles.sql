{{ config(sort_by=['segment', 'age_bin', 'index_group_no', 'sales_channel_id', 'rank_7d', 'rank_decayed']) }}

with

as_of_days as (

    select * from {{ ref('int_as_of_days') }}
    where {{ is_asked() }}

),

days as (

    select * from {{ ref('int_article_segment_daily') }}

),

articles as (

    select article_key, article_id, cast(index_group_no as string) as index_group_no from {{ ref('dim_articles') }}

),

seen as (

    select
        days.*,
        as_of_days.as_of_date,
        as_of_days.days_since,
        as_of_days.inverse_nanos
    from days
    inner join as_of_days on days.t_dat = as_of_days.t_dat

),

counted as (

    select
        as_of_date,
        article_key,
        age_bin,
        sales_channel_id,
        sum(n_lines) as n_lines,
        {{ window_sum('n_lines', 7) }} as n_lines_7d,
        sum(n_lines * inverse_nanos) as decayed_nanos
    from seen
    group by as_of_date, article_key, age_bin, sales_channel_id

),

labelled as (

    select
        counted.as_of_date,
        counted.article_key,
        articles.article_id,
        counted.age_bin,
        coalesce(articles.index_group_no, 'unknown') as index_group_no,
        coalesce(cast(counted.sales_channel_id as string), 'unknown') as sales_channel_id,
        counted.n_lines,
        counted.n_lines_7d,
        counted.decayed_nanos
    from counted
    inner join articles on counted.article_key = articles.article_key

),

segmented as (

    select
        as_of_date,
        article_key,
        article_id,
        case grouping(age_bin) * 4 + grouping(index_group_no) * 2 + grouping(sales_channel_id)
            when 7 then 'overall'
            when 3 then 'age_bin'
            when 5 then 'index_group'
            when 6 then 'channel'
            when 0 then 'age_bin_index_group_channel'
        end as segment,
        if(grouping(age_bin) = 1, 'all', age_bin) as age_bin,
        if(grouping(index_group_no) = 1, 'all', index_group_no) as index_group_no,
        if(grouping(sales_channel_id) = 1, 'all', sales_channel_id) as sales_channel_id,
        sum(n_lines) as n_lines,
        sum(n_lines_7d) as n_lines_7d,
        sum(decayed_nanos) as decayed_nanos
    from labelled
    group by grouping sets (
        (as_of_date, article_key, article_id),
        (as_of_date, article_key, article_id, age_bin),
        (as_of_date, article_key, article_id, index_group_no),
        (as_of_date, article_key, article_id, sales_channel_id),
        (as_of_date, article_key, article_id, age_bin, index_group_no, sales_channel_id)
    )

),

ranked as (

    select
        *,
        row_number() over (
            partition by as_of_date, segment, age_bin, index_group_no, sales_channel_id
            order by n_lines_7d desc, article_id asc
        ) as rank_7d,
        row_number() over (
            partition by as_of_date, segment, age_bin, index_group_no, sales_channel_id
            order by decayed_nanos desc, article_id asc
        ) as rank_decayed
    from segmented

),

final as (

    select
        segment,
        age_bin,
        index_group_no,
        sales_channel_id,
        article_key,

        cast(n_lines as int) as n_lines,
        cast(n_lines_7d as int) as n_lines_7d,
        {{ from_nanos('decayed_nanos') }} as decayed_lines,
        cast(if(n_lines_7d > 0, rank_7d, null) as int) as rank_7d,
        cast(rank_decayed as int) as rank_decayed,

        as_of_date
    from ranked
    where
        rank_decayed <= 200
        or (rank_7d <= 200 and n_lines_7d > 0)

)

select * from final
