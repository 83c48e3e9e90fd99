{#- Stop with one sentence where there is nothing to build from. -#}
{% macro check_landed() -%}
    {%- if execute -%}
        {%- set landings = adapter.get_relation(database=none, schema='raw', identifier='landings') -%}
        {%- if landings is none or last_landed_day(landings) is none -%}
            {{ exceptions.raise_compiler_error(
                "Nothing has landed yet, so there is nothing to build; run `hm land FOLDER` with the three CSV files first."
            ) }}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}


{% macro last_landed_day(landings) -%}
    {%- set query -%}
        select cast(max(last_day) as string) from {{ landings }} where file_kind = 'transactions'
    {%- endset -%}
    {{ return(run_query(query).columns[0].values()[0]) }}
{%- endmacro %}


{#- The as-of dates to build, ascending, as text: those asked for (without asking: the day after the last landed day), and
    those that a table which is being rebuilt had. The table of days itself is built for every date that anyone needs. -#}
{% macro as_of_dates() -%}
    {%- if not execute -%}{{ return(['1970-01-01']) }}{%- endif -%}
    {%- set asked = var('as_of_dates') -%}
    {%- if asked is string -%}{%- set asked = [asked] -%}{%- endif -%}
    {%- if not asked -%}
        {%- set last_day = modules.datetime.date.fromisoformat(last_landed_day(source('hm', 'landings'))) -%}
        {%- set asked = [last_day + modules.datetime.timedelta(days=1)] -%}
    {%- endif -%}
    {%- set dates_of_all = asked | list -%}
    {%- for name, dates in var('rebuild').items() if model.name in (name, 'int_as_of_days', 'int_as_of_customers') -%}
        {%- do dates_of_all.extend(dates) -%}
    {%- endfor -%}
    {{ return(dates_of_all | map('string') | unique | sort) }}
{%- endmacro %}


{#- Condition on a table with as-of dates: the dates this run builds. -#}
{% macro is_asked(column='as_of_date') -%}
    {{ column }} in ({{ date_list(as_of_dates()) }})
{%- endmacro %}


{#- Condition on a table with as-of dates: dates of this run whose large marts hold the buyers of the label week only
    (int_as_of_customers). -#}
{% macro is_learning(column='as_of_date') -%}
    {%- set wanted = var('learning_dates') | map('string') | list -%}
    {%- set days = as_of_dates() | select('in', wanted) | list -%}
    {{ column ~ ' in (' ~ date_list(days) ~ ')' if days else 'false' }}
{%- endmacro %}


{% macro date_list(days) -%}
    {%- for day in days %}date'{{ day }}'{{ ', ' if not loop.last }}{% endfor -%}
{%- endmacro %}


{#- Condition on a table by day: a day that some asked date may look at, where none looks back further than `days`. The days
    themselves come through as_of_days all the same; what they would drop is then not read, shuffled and sorted before. -#}
{% macro is_within(days, column='t_dat') -%}
    {%- set dates = as_of_dates() -%}
    {{ column }} >= date_sub(date'{{ dates | first }}', {{ days }}) and {{ column }} < date'{{ dates | last }}'
{%- endmacro %}


{#- The asked dates side by side, one row per day: <column>_1 is what the first date knows of a day, null where it may not
    see it. A fact is then read and grouped once for all dates, not once per date; `by_date` turns the sums into rows. -#}
{% macro dates_side_by_side(as_of_days, columns) -%}
    select
        t_dat
        {%- for day in as_of_dates() %}{% set i = loop.index %}{% for column in columns %},
        max(if(as_of_date = date'{{ day }}', {{ column }}, null)) as {{ column }}_{{ i }}
        {%- endfor %}{% endfor %}
    from {{ as_of_days }}
    group by t_dat
{%- endmacro %}


{#- Sums kept side by side (<name>_1, <name>_2, ...) as rows of an as-of date each. -#}
{% macro by_date(columns) -%}
    stack(
        {{ as_of_dates() | length }},
        {%- for day in as_of_dates() %}{% set i = loop.index %}{% set last = loop.last %}
        date'{{ day }}'{% for column in columns %}, {{ column }}_{{ i }}{% endfor %}{{ ',' if not last }}
        {%- endfor %}
    ) as (as_of_date, {{ columns | join(', ') }})
{%- endmacro %}


{#- Median over days of the price paid, per key and asked date: an exact percentile, which needs a key's days together. -#}
{% macro median_prices(facts, key) -%}
    select
        {{ key }},
        {{ by_date(['median_price_nanos']) }}
    from (
        select
            priced.{{ key }}
            {%- for day in as_of_dates() %},
            percentile(if(days.days_since_{{ loop.index }} is not null, priced.price_nanos, null), 0.5)
                as median_price_nanos_{{ loop.index }}
            {%- endfor %}
        from (
            select /*+ repartition({{ key }}) */
                {{ key }},
                t_dat,
                spend_nanos / n_lines as price_nanos
            from {{ facts }}
        ) as priced
        inner join ({{ dates_side_by_side('as_of_days', ['days_since']) }}) as days on priced.t_dat = days.t_dat
        group by priced.{{ key }}
    )
{%- endmacro %}
