{#- Accounting identity: per month or as-of date, a sum over the model equals a sum over the rows it was made from.

    Rows with a day are brought to the dates that see them; `dated` sources carry the date themselves. `everyone`: only dates that
    hold every customer are compared, for a model whose learning dates hold the buyers of a week. -#}
{% test adds_up(model, expression, source, source_expression, by='t_month', dated=false, everyone=false) %}

{%- set dates -%}
    {{ is_asked() }}
    {%- if everyone %} and not ({{ is_learning() }}){% endif -%}
{%- endset %}

with

made as (

    select
        {{ by }},
        sum({{ expression }}) as total
    from {{ model }}
    {% if by == 'as_of_date' %}where {{ dates }}{% endif %}
    group by {{ by }}

),

given as (

    select
        {{ by }},
        sum({{ source_expression }}) as total
    from {{ source }} as source
    {% if by == 'as_of_date' -%}
    {% if not dated %}inner join {{ ref('int_as_of_days') }} as as_of_days on source.t_dat = as_of_days.t_dat{% endif %}
    where {{ dates }}
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
