{#- Sums that give the same bytes in every layout of the data: integers all the way, one division at the very end. -#}

{#- Sum over the last `days` days before the as-of date; the rows carry `days_since`. -#}
{% macro window_sum(expression, days) -%}
    sum(if(days_since <= {{ days }}, {{ expression }}, 0))
{%- endmacro %}

{#- Sum over days_since in [first, last]. -#}
{% macro between_sum(expression, first, last) -%}
    sum(if(days_since between {{ first }} and {{ last }}, {{ expression }}, 0))
{%- endmacro %}

{#- Weight that halves every `half_life_days`, in whole billionths. (`+ 0.5` and a cast round alike everywhere and twenty
    times faster than Spark's round, which goes through BigDecimal.) -#}
{% macro half_life_nanos(days_since, half_life_days) -%}
    cast(exp(-{{ days_since }} * {{ 0.6931471805599453 / half_life_days }}) * 1000000000 + 0.5 as bigint)
{%- endmacro %}

{#- Whole billionths to a number for readers. -#}
{% macro from_nanos(expression) -%}
    cast({{ expression }} / 1e9 as float)
{%- endmacro %}

{#- A share or mean from integers; null where there is nothing to divide by. -#}
{% macro ratio(numerator, denominator) -%}
    cast(({{ numerator }}) / cast({{ denominator }} as double) as float)
{%- endmacro %}

{% macro count_columns(names, source=none) -%}
    {%- for name in names %}
        cast({{ source ~ '.' if source }}{{ name }} as int) as {{ name }},
    {%- endfor %}
{%- endmacro %}

{#- Standard deviation from whole-number sums; null below two values. -#}
{% macro deviation(sum_of_squares, sum_of_values, n) -%}
    cast(if(
        {{ n }} > 1,
        sqrt(greatest(0, ({{ n }}) * ({{ sum_of_squares }}) - ({{ sum_of_values }}) * ({{ sum_of_values }}))) / ({{ n }}),
        null
    ) as float)
{%- endmacro %}

{#- Gaps between shopping days: mean, deviation, and dueness = time since the last day / mean gap. From rows with n_days,
    days_since_first, days_since_last and squared_gap_days; null below two days. -#}
{% macro gap_columns(source) -%}
    {%- set span = source ~ '.days_since_first - ' ~ source ~ '.days_since_last' -%}
    {%- set n_gaps = source ~ '.n_days - 1' -%}
    {{ ratio(span, 'nullif(' ~ n_gaps ~ ', 0)') }} as mean_gap_days,
        {{ deviation(source ~ '.squared_gap_days', span, n_gaps) }} as gap_deviation_days,
        {{ ratio(source ~ '.days_since_last * (' ~ n_gaps ~ ')', 'nullif(' ~ span ~ ', 0)') }} as dueness
{%- endmacro %}
