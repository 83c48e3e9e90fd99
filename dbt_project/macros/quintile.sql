{#- Score 1..5 within an as-of date by rank, in integer arithmetic; 5 is the last fifth of the order given. -#}
{% macro quintile(order_by) -%}
    cast(
        5 * (rank() over (partition by as_of_date order by {{ order_by }}) - 1) div count(*) over (partition by as_of_date) + 1 as int
    )
{%- endmacro %}
