-- All that a verdict needs, from one pass: per variant the customers, the sum of every quantity of experiment_customers and the
-- sum of every product of two of them (squares on the diagonal; row by row). Integers, so no sum depends on an order.
-- Parameters: those of experiment_customers.
create or replace view experiment_sums as
select
    variant,
    count() as customers,
    sumForEach(quantities) as sums,
    sumForEach(arrayFlatten(arrayMap(x -> arrayMap(y -> toInt128(x) * y, quantities), quantities))) as products
from experiment_customers(
    experiment = {experiment:String},
    starts = {starts:DateTime64(3, 'UTC')},
    ends = {ends:DateTime64(3, 'UTC')},
    is_simulated = {is_simulated:Bool},
    pre_days = {pre_days:UInt16}
)
group by variant
