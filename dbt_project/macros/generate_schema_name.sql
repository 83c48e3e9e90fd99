{#- Shared targets write the schemas by their plain names; `dev` puts its own prefix before them, so work by hand never
    touches what readers use. -#}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {%- if target.name == 'dev' -%}
        {{ target.schema }}_{{ custom_schema_name or 'scratch' }}
    {%- else -%}
        {{ custom_schema_name or target.schema }}
    {%- endif -%}
{%- endmacro %}
