{#- Accounting identity of the popular lists: what the whole shop's list says of an article, article_features says too. -#}
{% test overall_agrees_with_articles(model) %}

select
    popular.as_of_date,
    popular.article_key,
    popular.n_lines,
    articles.n_lines as article_lines
from {{ model }} as popular
left join {{ ref('article_features') }} as articles
    on
        popular.as_of_date = articles.as_of_date
        and popular.article_key = articles.article_key
where
    popular.segment = 'overall'
    and {{ is_asked('popular.as_of_date') }}
    and not (
        popular.n_lines <=> articles.n_lines
        and popular.n_lines_7d <=> articles.n_lines_7d
        and popular.decayed_lines <=> articles.decayed_lines
    )

{% endtest %}
