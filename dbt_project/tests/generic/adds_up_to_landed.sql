{#- Accounting identity of the fact table: per day, its lines are the rows of the landing that owns the day. -#}
{% test adds_up_to_landed(model) %}

with

made as (

    select
        t_dat,
        sum(n_lines) as n_lines
    from {{ model }}
    group by t_dat

)

select
    t_dat,
    made.n_lines,
    landed.n_rows
from made
full outer join {{ ref('stg_hm__landed_days') }} as landed using (t_dat)
where not coalesce(made.n_lines, 0) <=> coalesce(landed.n_rows, 0)

{% endtest %}
