"""The classic heuristics in SQL: own history, bought together, popular at the age. `peer_duck.py TASK.json`.

Own articles by lines that fade with exp(-days / 30); then what others bought with them most often in the last five weeks;
then what sold last week to customers of the same five years of age. Twelve articles for every customer of customers.csv.
"""

import json
import sys
from pathlib import Path

import duckdb

SQL = """
create table lines as
select customer_id, lpad(article_id, 10, '0') as article_id, date '$as_of' - t_dat as days
from read_csv('$transactions', columns = {
    t_dat: 'date', customer_id: 'varchar', article_id: 'varchar', price: 'double', sales_channel_id: 'int'
})
where t_dat < date '$as_of' and t_dat >= date '$as_of' - 182;

create table customers as
select customer_id, row_number() over (order by customer_id)::int as customer,
    coalesce(nullif(age, '')::double::int, 0) // 5 as age_bin
from read_csv('$customers', all_varchar = true);

create table articles as
select article_id, row_number() over (order by article_id)::int as article from (select distinct article_id from lines);

create table bought as
select customer, article, sum(exp(-days / 30)) as score, min(days) as last_days, any_value(age_bin) as age_bin,
    count(*) filter (days <= 7) as n_lines_7d
from lines inner join customers using (customer_id) inner join articles using (article_id)
group by customer, article;

create table own as
select customer, article, score, row_number() over (partition by customer order by score desc, article) as place
from bought
qualify place <= 12;

create table pairs as
with recent as (select customer, article from bought where last_days <= 35),
together as (
    select one.article, other.article as paired, count(*) as n
    from recent as one inner join recent as other on one.customer = other.customer and one.article != other.article
    group by all having count(*) > 1
),
sold as (select article, count(*) as n_buyers from recent group by article)
select article, paired, n / n_buyers as share from together inner join sold using (article)
qualify row_number() over (partition by article order by n desc, paired) <= 2;

create table popular as
select age_bin, article, row_number() over (partition by age_bin order by sum(n_lines_7d) desc, article) as place
from bought where n_lines_7d > 0 group by age_bin, article
qualify place <= 24;

create table everyones as
select article, row_number() over (order by sum(n_lines_7d) desc, article) as place
from bought group by article
qualify place <= 24;

copy (
    with proposed as (
        select customer, article, 1 as tier, -score as worth from own
        union all
        select customer, paired, 2, -sum(score * share) from own inner join pairs using (article) group by customer, paired
        union all
        select customer, article, 3, place from customers inner join popular using (age_bin)
        union all
        select customer, article, 4, place from customers cross join everyones
    ),
    once as (
        select customer, article, min((tier, worth)) as strength from proposed group by customer, article
    ),
    ranked as (
        select *, row_number() over (partition by customer order by strength, article) as rank from once qualify rank <= 12
    )
    select customer_id, article_id, rank::int as rank
    from ranked inner join customers using (customer) inner join articles using (article)
) to '$out' (format parquet);
"""


def main() -> None:
    task = json.loads(Path(sys.argv[1]).read_text())
    limits = {"threads": task["threads"], "memory_limit": task["memory"], "temp_directory": f"{task['out']}.spill"}
    db, sql = duckdb.connect(config=limits), SQL
    for name in ("transactions", "customers", "as_of", "out"):
        sql = sql.replace(f"${name}", str(task[name]))
    db.execute(sql)
    print(json.dumps({"duckdb": duckdb.__version__}))


if __name__ == "__main__":
    main()
