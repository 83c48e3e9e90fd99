{#- Columns of dim_articles by which a customer's taste is measured. -#}
{% macro article_categories() -%}
    {{ return([
        'product_code', 'product_type_no', 'department_no', 'section_no', 'garment_group_no', 'index_group_no', 'colour_group_code',
    ]) }}
{%- endmacro %}
