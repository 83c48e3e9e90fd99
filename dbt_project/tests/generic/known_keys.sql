{#- Every key is in its dimension: {column: dimension}, where the dimension calls it customer_key or article_key. -#}
{% test known_keys(model, dimensions, by=none) %}

{% for column, dimension in dimensions.items() -%}
select
    '{{ column }}' as key_column,
    keys.{{ column }} as unknown_key
from (select distinct {{ column }} from {{ model }}{% if by == 'as_of_date' %} where {{ is_asked() }}{% endif %}) as keys
left anti join {{ dimension }} as dimension on keys.{{ column }} = dimension.{{ column | replace('paired_', '') }}
{{ 'union all' if not loop.last }}
{% endfor %}

{% endtest %}
