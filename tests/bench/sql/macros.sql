-- What the marts' own macros say (dbt_project/macros), in DuckDB's words. Whole billionths stay whole until the last division.
create macro ratio(a, b) as cast(a as double) / cast(b as double);
create macro deviation(squares, total, n) as if(n > 1, sqrt(greatest(0, n * squares - total * total)::double) / n, null);
create macro exact(a) as cast(a as bigint);
