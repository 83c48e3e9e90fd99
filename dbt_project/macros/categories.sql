{#- Columns of dim_articles by which a customer's taste is measured. -#}
{% macro article_categories() -%}
    {{ return([
        'product_code', 'product_type_no', 'department_no', 'section_no', 'garment_group_no', 'index_group_no', 'colour_group_code',
    ]) }}
{%- endmacro %}


{#- dim_articles with what tells how many articles a product has. -#}
{% macro article_labels() -%}
    (select *, count(*) over (partition by product_code) as n_product_articles from {{ ref('dim_articles') }})
{%- endmacro %}


{#- Whether a category column says something of an article: the product of one article says what the article says. -#}
{% macro has_category(column, source) -%}
    {{ source }}.{{ column }} is not null{{ ' and ' ~ source ~ '.n_product_articles > 1' if column == 'product_code' }}
{%- endmacro %}
