{#- The condition is true of every row (null is not true). -#}
{% test holds(model, condition, by=none) %}

select *
from {{ model }}
where
    not coalesce({{ condition }}, false)
    {% if by == 'as_of_date' %}and {{ is_asked() }}{% endif %}

{% endtest %}
