select t_dat, article_key, count(*)::int as n_customers,
    (count(*) filter (purchase_no = 1))::int as n_first_customers,
    (count(*) filter (purchase_no = 2))::int as n_second_customers,
    exact(sum(coalesce(days_since_previous, 0))) as repeat_gap_days, sum(n_lines)::int as n_lines,
    sum(n_online_lines)::int as n_online_lines, exact(sum(spend_nanos)) as spend_nanos,
    count(age)::int as n_aged_customers, exact(coalesce(sum(age), 0)) as age_years,
    exact(coalesce(sum(age * age), 0)) as age_squared_years
from int_customer_article_daily inner join dim_customers using (customer_key)
group by all
order by t_dat, article_key
