{{ config(sort_by=['article_key']) }}

with

spine as (

    {{ as_of_spine() }}

),

days as (

    select * from {{ ref('int_article_daily') }}

),

articles as (

    select * from {{ ref('dim_articles') }}

),

seen as (

    select
        days.*,
        spine.as_of_date,
        datediff(spine.as_of_date, days.t_dat) as days_since
    from days
    inner join spine on days.t_dat < spine.as_of_date

),

measured as (

    select
        as_of_date,
        article_key,
        sum(n_lines) as n_lines,
        {% for days in [7, 14, 28, 56, 182, 364] -%}
            {{ window_sum('n_lines', days) }} as n_lines_{{ days }}d,
        {% endfor -%}
        sum(n_lines * {{ inverse_days_nanos() }}) as decayed_nanos,
        sum(n_lines * {{ half_life_nanos(7) }}) as decayed_7d_nanos,
        sum(n_lines * {{ half_life_nanos(30) }}) as decayed_30d_nanos,
        sum(n_online_lines) as n_online_lines,
        sum(spend_nanos) as spend_nanos,
        sum(n_aged_customers) as n_aged_customers,
        sum(age_years) as age_years,
        max(days_since) as days_since_first,
        min(days_since) as days_since_last
    from seen
    group by as_of_date, article_key

),

final as (

    select
        measured.article_key,

        cast(measured.n_lines as int) as n_lines,
        {% for days in [7, 14, 28, 56, 182, 364] -%}
            cast(measured.n_lines_{{ days }}d as int) as n_lines_{{ days }}d,
        {% endfor -%}
        {{ from_nanos('measured.decayed_nanos') }} as decayed_lines,
        {{ from_nanos('measured.decayed_7d_nanos') }} as decayed_lines_7d,
        {{ from_nanos('measured.decayed_30d_nanos') }} as decayed_lines_30d,

        {{ ratio('measured.n_lines_7d * 4', 'nullif(measured.n_lines_28d, 0)') }} as trend_7d_28d,

        measured.days_since_first,
        measured.days_since_last,

        {{ ratio('measured.spend_nanos', 'measured.n_lines * 1e9') }} as mean_price,
        {{ ratio('measured.n_online_lines', 'measured.n_lines') }} as online_share,
        {{ ratio('measured.age_years', 'nullif(measured.n_aged_customers, 0)') }} as buyers_mean_age_years,

        measured.as_of_date
    from measured
    inner join articles on measured.article_key = articles.article_key

)

select * from final
