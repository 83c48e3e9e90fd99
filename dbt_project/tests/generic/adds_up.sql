{#- Accounting identity: per month or as-of date, a sum over the model equals a sum over the rows it was made from. -#}
{% test adds_up(model, expression, source, source_expression, by='t_month') %}

with

made as (

    select
        {{ by }},
        sum({{ expression }}) as total
    from {{ model }}
    {% if by == 'as_of_date' %}where {{ is_asked() }}{% endif %}
    group by {{ by }}

),

given as (

    select
        {{ by }},
        sum({{ source_expression }}) as total
    from {{ source }} as source
    {% if by == 'as_of_date' -%}
    inner join {{ ref('int_as_of_days') }} as as_of_days on source.t_dat = as_of_days.t_dat
    where {{ is_asked() }}
    {% endif -%}
    group by {{ by }}

)

select
    {{ by }},
    made.total as made_total,
    given.total as given_total
from made
full outer join given using ({{ by }})
where not coalesce(made.total, 0) <=> coalesce(given.total, 0)

{% endtest %}
