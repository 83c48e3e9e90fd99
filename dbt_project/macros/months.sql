{#- Tables by month keep what earlier landings brought: a new landing costs the months from its first day on.

    `hm build` passes var('log'): `through` (last landing), `code` (hash of the SQL behind these tables) and `first_months`
    ({landing: first month whose rows it may change}). A table notes what it was built through in its properties. Without the
    var (dbt by hand), after a change of the SQL and in a rebuild, every month is built. -#}

{#- First month this run has to build, as YYYY-MM; none = all of them, '9999-99' = none is touched. -#}
{% macro first_month() -%}
    {%- set log = var('log') -%}
    {%- if not execute or not log or should_full_refresh() or model.name in var('rebuild') or load_relation(this) is none -%}
        {{ return(none) }}
    {%- endif -%}
    {%- set built = built_through(this) -%}
    {%- if built is none or built.code != log.code -%}{{ return(none) }}{%- endif -%}
    {%- set touched = ['9999-99'] -%}
    {%- for landing, month in log.first_months.items() if landing | int > built.through -%}
        {%- do touched.append(month) -%}
    {%- endfor -%}
    {{ return(touched | min) }}
{%- endmacro %}


{#- Condition on a table by month: the months this run builds. -#}
{% macro is_touched_month(column='t_month') -%}
    {%- set month = first_month() -%}
    {{ column ~ " >= '" ~ month ~ "'" if month else 'true' }}
{%- endmacro %}


{% macro built_through(relation) -%}
    {%- for row in run_query('show tblproperties ' ~ relation).rows if row[0] == 'hm.built' -%}
        {%- set parts = row[1].split(' ') -%}
        {{ return({'through': parts[0] | int, 'code': parts[1]}) }}
    {%- endfor -%}
    {{ return(none) }}
{%- endmacro %}


{% macro note_built_through(relation) -%}
    {%- set log = var('log') -%}
    {%- if log -%}
        {%- do run_query(
            "alter table " ~ relation ~ " set tblproperties ('hm.built' = '" ~ log.through ~ ' ' ~ log.code ~ "')"
        ) -%}
    {%- endif -%}
{%- endmacro %}
