{#- First day after the last landed day, as text; stops with one sentence before any landing. -#}
{% macro check_landed() -%}
    {%- if execute -%}
        {%- set landings = adapter.get_relation(database=none, schema='raw', identifier='landings') -%}
        {%- set last_day = none -%}
        {%- if landings is not none -%}
            {%- set query -%}
                select max(last_day) from {{ landings }} where file_kind = 'transactions'
            {%- endset -%}
            {%- set last_day = run_query(query).columns[0].values()[0] -%}
        {%- endif -%}
        {%- if last_day is none -%}
            {{ exceptions.raise_compiler_error(
                "Nothing has landed yet, so there is nothing to build; run `hm land FOLDER` with the three CSV files first."
            ) }}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}

{#- The as-of dates to build, ascending, as text: those asked for, and those a table that is rebuilt had. -#}
{% macro as_of_dates() -%}
    {%- if not execute -%}{{ return(['1970-01-01']) }}{%- endif -%}
    {%- set asked = var('as_of_dates') -%}
    {%- if asked is string -%}{%- set asked = [asked] -%}{%- endif -%}
    {%- if not asked -%}
        {%- set query -%}
            select cast(date_add(max(last_day), 1) as string)
            from {{ source('hm', 'landings') }}
            where file_kind = 'transactions'
        {%- endset -%}
        {%- set asked = run_query(query).columns[0].values() | list -%}
    {%- endif -%}
    {{ return((asked + var('rebuild').get(model.name, [])) | map('string') | unique | sort) }}
{%- endmacro %}

{#- One row per asked date: `as_of_date`, the first day that may not be seen. Small; Spark broadcasts it. -#}
{% macro as_of_spine() -%}
    select explode(array(
        {%- for day in as_of_dates() %}date'{{ day }}'{{ ', ' if not loop.last }}{% endfor -%}
    )) as as_of_date
{%- endmacro %}
