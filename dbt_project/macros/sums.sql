{#- Sums that give the same bytes in every layout of the data: integers all the way, one division at the very end. -#}

{% macro window_sum(expression, days) -%}
    sum(if(days_since <= {{ days }}, {{ expression }}, 0))
{%- endmacro %}

{#- Weight of a day that lies `days_since` back, in billionths: halves every `half_life_days`. -#}
{% macro half_life_nanos(half_life_days) -%}
    cast(round(exp(-days_since * {{ 0.6931471805599453 / half_life_days }}) * 1000000000) as bigint)
{%- endmacro %}

{#- Weight 1 / days_since, in billionths; yesterday weighs 1. -#}
{% macro inverse_days_nanos() -%}
    cast(round(1000000000 / days_since) as bigint)
{%- endmacro %}

{#- Nano units to a number for readers. -#}
{% macro from_nanos(expression) -%}
    cast({{ expression }} / 1e9 as float)
{%- endmacro %}

{% macro ratio(numerator, denominator) -%}
    cast({{ numerator }} / cast({{ denominator }} as double) as float)
{%- endmacro %}
