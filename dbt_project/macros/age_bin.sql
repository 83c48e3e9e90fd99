{#- Age groups of the shop's buyers: about equal in lines, narrow where the young shop differently. -#}
{% macro age_bin(age) -%}
    case
        when {{ age }} is null then 'unknown'
        when {{ age }} < 20 then '00-19'
        when {{ age }} < 25 then '20-24'
        when {{ age }} < 30 then '25-29'
        when {{ age }} < 35 then '30-34'
        when {{ age }} < 45 then '35-44'
        when {{ age }} < 55 then '45-54'
        when {{ age }} < 65 then '55-64'
        else '65+'
    end
{%- endmacro %}
