{#- The columns name one row and none of them is null (but for `nullable` ones, where null is a value like any other). -#}
{% test unique_key(model, columns, nullable=[]) %}

select
    {{ columns | join(', ') }},
    count(*) as n_rows
from {{ model }}
{% if 'as_of_date' in columns %}where {{ is_asked() }}{% endif %}
group by {{ columns | join(', ') }}
having
    count(*) > 1
    {%- for column in columns if column not in nullable %}
    or {{ column }} is null
    {%- endfor %}

{% endtest %}
