{#- Money of a fact row in whole billionths, so that sums are exact. -#}
{% macro spend_nanos() -%}
    cast(price * 1000000000 as bigint) * n_lines
{%- endmacro %}

{% macro online_lines() -%}
    if(sales_channel_id = 2, n_lines, 0)
{%- endmacro %}
