{{ config(sort_by=['segment', 'age_bin', 'index_group_no', 'sales_channel_id', 'rank_decayed']) }}

with

as_of_days as (

    select * from {{ ref('int_as_of_days') }}
    where {{ is_asked() }}

),

days as (

    {{ dates_side_by_side('as_of_days', ['days_since', 'inverse_nanos']) }}

),

article_days as (

    select * from {{ ref('int_article_segment_daily') }}

),

articles as (

    select
        article_key,
        article_id,
        coalesce(cast(index_group_no as string), 'unknown') as index_group_no,
        row_number() over (order by article_id asc) as article_no
    from {{ ref('dim_articles') }}

),

counted as (

    select
        article_days.article_key,
        article_days.age_bin,
        coalesce(cast(article_days.sales_channel_id as string), 'unknown') as sales_channel_id,
        {%- for day in as_of_dates() %}
        sum(if(days.days_since_{{ loop.index }} is not null, article_days.n_lines, 0)) as n_lines_{{ loop.index }},
        sum(if(days.days_since_{{ loop.index }} <= 7, article_days.n_lines, 0)) as n_lines_7d_{{ loop.index }},
        sum(article_days.n_lines * days.inverse_nanos_{{ loop.index }}) as decayed_nanos_{{ loop.index }}
        {{- ',' if not loop.last }}
        {%- endfor %}
    from article_days
    inner join days on article_days.t_dat = days.t_dat
    group by article_days.article_key, article_days.age_bin, article_days.sales_channel_id

),

segmented as (

    select
        counted.article_key,
        articles.article_no,
        case grouping(counted.age_bin) * 4 + grouping(articles.index_group_no) * 2 + grouping(counted.sales_channel_id)
            when 7 then 'overall'
            when 3 then 'age_bin'
            when 5 then 'index_group'
            when 6 then 'channel'
            when 0 then 'age_bin_index_group_channel'
        end as segment,
        if(grouping(counted.age_bin) = 1, 'all', counted.age_bin) as age_bin,
        if(grouping(articles.index_group_no) = 1, 'all', articles.index_group_no) as index_group_no,
        if(grouping(counted.sales_channel_id) = 1, 'all', counted.sales_channel_id) as sales_channel_id,
        {%- for day in as_of_dates() %}
        sum(counted.n_lines_{{ loop.index }}) as n_lines_{{ loop.index }},
        sum(counted.n_lines_7d_{{ loop.index }}) as n_lines_7d_{{ loop.index }},
        sum(counted.decayed_nanos_{{ loop.index }}) as decayed_nanos_{{ loop.index }}
        {{- ',' if not loop.last }}
        {%- endfor %}
    from counted
    inner join articles on counted.article_key = articles.article_key
    group by grouping sets (
        (counted.article_key, articles.article_no),
        (counted.article_key, articles.article_no, counted.age_bin),
        (counted.article_key, articles.article_no, articles.index_group_no),
        (counted.article_key, articles.article_no, counted.sales_channel_id),
        (counted.article_key, articles.article_no, counted.age_bin, articles.index_group_no, counted.sales_channel_id)
    )

),

segments as (

    select
        *,
        row_number() over (order by segment asc, age_bin asc, index_group_no asc, sales_channel_id asc) as segment_no
    from (
        select distinct
            segment,
            age_bin,
            index_group_no,
            sales_channel_id
        from segmented
    ) as named

),

-- Numbers for what is a text, so that millions of rows are not sorted by five texts.
by_date as (

    select
        segments.segment_no,
        segmented.article_key,
        segmented.article_no,
        {{ by_date(['n_lines', 'n_lines_7d', 'decayed_nanos']) }}
    from segmented
    inner join segments
        on
            segmented.segment = segments.segment
            and segmented.age_bin = segments.age_bin
            and segmented.index_group_no = segments.index_group_no
            and segmented.sales_channel_id = segments.sales_channel_id

),

ranked as (

    select
        *,
        row_number() over (
            partition by as_of_date, segment_no
            order by n_lines_7d desc, article_no asc
        ) as rank_7d,
        row_number() over (
            partition by as_of_date, segment_no
            order by decayed_nanos desc, article_no asc
        ) as rank_decayed
    from by_date
    where n_lines > 0

),

final as (

    select
        segments.segment,
        segments.age_bin,
        segments.index_group_no,
        segments.sales_channel_id,
        ranked.article_key,

        cast(ranked.n_lines as int) as n_lines,
        cast(ranked.n_lines_7d as int) as n_lines_7d,
        {{ from_nanos('ranked.decayed_nanos') }} as decayed_lines,
        cast(if(ranked.n_lines_7d > 0, ranked.rank_7d, null) as int) as rank_7d,
        cast(ranked.rank_decayed as int) as rank_decayed,

        ranked.as_of_date
    from ranked
    inner join segments on ranked.segment_no = segments.segment_no
    where
        ranked.rank_decayed <= 200
        or (ranked.rank_7d <= 200 and ranked.n_lines_7d > 0)

)

select * from final
