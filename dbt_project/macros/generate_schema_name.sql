{#- `hm build` writes the schemas by their plain names (HM_SCHEMA_PREFIX=shared); work by hand puts the developer's own prefix
    before them, so it never touches what readers use. -#}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {%- if target.schema == 'shared' -%}
        {{ custom_schema_name or 'scratch' }}
    {%- else -%}
        {{ target.schema }}_{{ custom_schema_name or 'scratch' }}
    {%- endif -%}
{%- endmacro %}
