{#- A table whose every write is a fresh folder, made visible by metadata only.

    The model's SQL runs once, into <table>/versions/<version>. Then partitions (or the table) are pointed there: readers see
    the old rows or the new ones, never part of either. A killed build leaves a folder nobody refers to (swept by
    warehouse.hive.catalogue) and blocks nothing. Config: partition_by (one column or none), sort_by (columns inside a file), rows_per_group
    (rows of a Parquet row group, where readers look for a few neighbours among many). -#}
{% materialization versioned, adapter='spark', supported_languages=['sql'] %}
    {%- set partition_by = config.get('partition_by') -%}
    {%- set version = run_started_at.strftime('%Y%m%dT%H%M%S') ~ '-' ~ invocation_id[:8] -%}
    {%- set root = versioned_root(this) -%}
    {%- set location = root ~ '/versions/' ~ version -%}
    {%- set staged = this.incorporate(path={'identifier': this.identifier ~ '__staged'}, type='table') -%}
    {%- set existing = load_relation(this) -%}

    {{ run_hooks(pre_hooks) }}

    {%- if load_relation(staged) is not none -%}
        {%- do run_query('drop table if exists ' ~ staged) -%}
    {%- endif -%}
    {%- set rebuilt = existing is not none and (should_full_refresh() or model.name in var('rebuild')) -%}
    {%- if existing is not none and not rebuilt -%}
        {%- do versioned_check_columns(this, sql) -%}
    {%- endif -%}

    {%- if partition_by == 't_month' and first_month() == '9999-99' -%}
        {% call noop_statement('main', 'nothing new', 'nothing new') -%}{%- endcall %}
        {{ return({'relations': [this.incorporate(type='table')]}) }}
    {%- endif -%}

    {%- call statement('main') -%}
        create table {{ staged }}
        using parquet
        {% if config.get('rows_per_group') %}options ('parquet.block.row.count.limit' = '{{ config.get('rows_per_group') }}'){% endif %}
        {% if partition_by %}partitioned by ({{ partition_by }}){% endif %}
        location '{{ location }}'
        as
        {{ versioned_layout(sql, partition_by, config.get('sort_by', []), config.get('rebalance', true)) }}
    {%- endcall -%}

    {#- Only now: a rebuild that fails leaves the table, and with it the dates to build again. -#}
    {%- if rebuilt -%}
        {%- do adapter.drop_relation(existing) -%}
        {%- set existing = none -%}
    {%- endif -%}
    {%- if existing is none -%}
        {%- set columns = adapter.get_columns_in_relation(staged) -%}
        {%- do run_query(versioned_create_ddl(this, columns, partition_by, root if partition_by else location)) -%}
    {%- endif -%}
    {%- if partition_by -%}
        {%- do versioned_switch_partitions(this, staged, partition_by, location, existing is none) -%}
    {%- elif existing is not none -%}
        {%- do run_query("alter table " ~ this ~ " set location '" ~ location ~ "'") -%}
    {%- endif -%}
    {%- if partition_by == 't_month' -%}
        {%- do note_built_through(this) -%}
    {%- endif -%}
    {%- do run_query('drop table ' ~ staged) -%}
    {%- do run_query('refresh table ' ~ this) -%}

    {{ run_hooks(post_hooks) }}
    {{ return({'relations': [this.incorporate(type='table')]}) }}
{% endmaterialization %}


{#- Folder of a table: below its database's folder, where Spark and the catalogue would put it too. -#}
{% macro versioned_root(relation) -%}
    {%- for row in run_query('describe database ' ~ relation.schema).rows if row[0] == 'Location' -%}
        {{ return((row[1] if row[1].startswith('file:///') else row[1] | replace('file:/', 'file:///')) ~ '/' ~ relation.identifier) }}
    {%- endfor -%}
{%- endmacro %}


{#- The rows as they are written: a partition's rows together (Spark splits what is large), sorted for readers. A large model whose
    last step left its rows spread well says `rebalance=false` and saves a shuffle of all of them. -#}
{% macro versioned_layout(sql, partition_by, sort_by, rebalance) -%}
    {%- if partition_by -%}
        select *
        from (
            {%- if rebalance %}
            select /*+ rebalance({{ partition_by }}) */ *
            from (
                {{ sql }}
            )
            {%- else %}
            {{ sql }}
            {%- endif %}
        )
        sort by {{ ([partition_by] + sort_by) | join(', ') }}
    {%- elif sort_by -%}
        select *
        from (
            {{ sql }}
        )
        order by {{ sort_by | join(', ') }}
    {%- else -%}
        {{ sql }}
    {%- endif -%}
{%- endmacro %}


{% macro versioned_create_ddl(relation, columns, partition_by, location) -%}
    create table if not exists {{ relation }} (
        {%- for column in columns %}
        {{ adapter.quote(column.name) }} {{ column.dtype }}
        {%- if model.columns.get(column.name, {}).get('description') %} comment '{{ versioned_text(model.columns[column.name].description) }}'{% endif %}
        {{- ',' if not loop.last }}
        {%- endfor %}
    )
    using parquet
    {% if partition_by %}partitioned by ({{ partition_by }}){% endif %}
    comment '{{ versioned_text(model.description.split(". ")[0]) }}'
    location '{{ location }}'
{%- endmacro %}


{% macro versioned_text(text) -%}
    {{- text | replace('\\', '') | replace("'", "\\'") | replace('\n', ' ') | trim -}}
{%- endmacro %}


{#- Stop before anything is computed when the model's columns are not the table's: a feature is never dropped in silence. -#}
{% macro versioned_check_columns(relation, sql) -%}
    {%- set found = {} -%}
    {%- for row in run_query('describe query ' ~ sql).rows -%}{%- do found.update({row[0]: row[1]}) -%}{%- endfor -%}
    {%- set had = {} -%}
    {%- for column in adapter.get_columns_in_relation(relation) -%}{%- do had.update({column.name: column.dtype}) -%}{%- endfor -%}
    {%- set faults = [] -%}
    {%- for name, dtype in found.items() -%}
        {%- if name not in had -%}{%- do faults.append(name ~ ' is new') -%}
        {%- elif had[name] != dtype -%}{%- do faults.append(name ~ ' was ' ~ had[name] ~ ' and is ' ~ dtype) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- for name in had if name not in found -%}{%- do faults.append(name ~ ' is gone') -%}{%- endfor -%}
    {%- if faults -%}
        {{ exceptions.raise_compiler_error(
            "The columns of " ~ relation ~ " have changed (" ~ faults | join(', ') ~ "); run `hm build --rebuild "
            ~ relation.identifier ~ "` to build every date of it again with the new columns."
        ) }}
    {%- endif -%}
{%- endmacro %}


{#- Point the partitions that were built to their new folders, and drop those that were asked for and came out empty. -#}
{% macro versioned_switch_partitions(relation, staged, partition_by, location, is_new) -%}
    {%- set built = versioned_partitions(staged) -%}
    {%- set had = [] if is_new else versioned_partitions(relation) -%}
    {%- set added = [] -%}
    {%- for spec in built if spec not in had -%}
        {%- do added.append("partition (" ~ versioned_spec(spec) ~ ") location '" ~ location ~ '/' ~ spec ~ "'") -%}
    {%- endfor -%}
    {%- for spec in built if spec in had -%}
        {%- do run_query("alter table " ~ relation ~ " partition (" ~ versioned_spec(spec) ~ ") set location '" ~ location ~ '/' ~ spec ~ "'") -%}
    {%- endfor -%}
    {%- if added -%}
        {%- do run_query("alter table " ~ relation ~ " add if not exists " ~ added | join(' ')) -%}
    {%- endif -%}
    {%- set asked = as_of_dates() if partition_by == 'as_of_date' else none -%}
    {%- set from_month = '' if asked is not none else (first_month() or '') -%}
    {%- set emptied = [] -%}
    {%- for spec in had if spec not in built -%}
        {%- set value = spec.split('=')[1] -%}
        {%- if (value in asked if asked is not none else value >= from_month) -%}
            {%- do emptied.append("partition (" ~ versioned_spec(spec) ~ ")") -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if emptied -%}
        {%- do run_query("alter table " ~ relation ~ " drop if exists " ~ emptied | join(', ')) -%}
    {%- endif -%}
{%- endmacro %}


{% macro versioned_partitions(relation) -%}
    {{ return(run_query('show partitions ' ~ relation).columns[0].values() | list) }}
{%- endmacro %}


{% macro versioned_spec(spec) -%}
    {{- spec.split('=')[0] ~ " = '" ~ spec.split('=')[1] ~ "'" -}}
{%- endmacro %}
