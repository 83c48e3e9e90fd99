{#- Score 1..5 within an as-of date by rank, in whole numbers; 5 is the last fifth of the order given. -#}
{% macro fifth(order_by) -%}
    cast(
        5 * (rank() over (partition by as_of_date order by {{ order_by }}) - 1)
        div count(*) over (partition by as_of_date) + 1 as int
    )
{%- endmacro %}
