{#- Accounting identity of the affinities: per as-of date and category column, their lines are the lines bought in 364 days
    of articles that have a value there. Of dates that hold everyone: articles do not know who bought them. -#}
{% test affinities_add_up(model) %}

{%- set dates -%}
    {{ is_asked() }}
    and not ({{ is_learning() }})
{%- endset %}

with

made as (

    select
        as_of_date,
        category,
        sum(n_lines) as n_lines
    from {{ model }}
    where {{ dates }}
    group by as_of_date, category

),

given as (

    select
        articles.as_of_date,
        stack(
            {{ article_categories() | length }},
            {%- for column in article_categories() %}
            '{{ column }}', sum(if({{ has_category(column, 'dim_articles') }}, articles.n_lines_364d, 0)){{ ',' if not loop.last }}
            {%- endfor %}
        ) as (category, n_lines)
    from {{ ref('article_features') }} as articles
    inner join {{ article_labels() }} as dim_articles on articles.article_key = dim_articles.article_key
    where {{ dates }}
    group by articles.as_of_date

)

select
    as_of_date,
    category,
    made.n_lines as made_lines,
    given.n_lines as given_lines
from made
full outer join given using (as_of_date, category)
where not coalesce(made.n_lines, 0) <=> coalesce(given.n_lines, 0)

{% endtest %}
