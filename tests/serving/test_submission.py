import csv

import pyarrow as pa
import pytest
from small_warehouse import AS_OF, customer, customers, recommendations

from warehouse.submission import SubmissionError, write_submission


def dims(warehouse, n_customers, stub):
    """dim_customers of the first n customers; the stub is known from transactions only."""
    rows = customers().slice(0, n_customers)
    warehouse.write(
        "marts.dim_customers", rows.append_column("is_unknown", pa.array([i == stub for i in range(n_customers)]))
    )


def read(file):
    with file.open() as stream:
        return list(csv.reader(stream))


def test_every_customer_of_customers_csv_gets_twelve_distinct_articles_and_stubs_get_none(warehouse, tmp_path):
    dims(warehouse, 5, stub=2)
    out = tmp_path / "submission.csv"
    assert write_submission(warehouse.catalogue, AS_OF, out) == 4
    assert out.read_text().startswith("customer_id,prediction\n")
    header, *lines = read(out)
    assert header == ["customer_id", "prediction"]
    assert [who for who, _ in lines] == sorted(customer(i) for i in (0, 1, 3, 4))
    for _, prediction in lines:
        articles = prediction.split(" ")
        assert len(articles) == len(set(articles)) == 12
        assert all(len(a) == 10 and a.startswith("0") for a in articles)


def test_a_customer_without_recommendations_is_an_error_and_no_file(warehouse, tmp_path):
    dims(warehouse, 6, stub=None)
    out = tmp_path / "submission.csv"
    with pytest.raises(SubmissionError, match="1 customers have no recommendations"):
        write_submission(warehouse.catalogue, AS_OF, out)
    assert not out.exists()


def test_a_short_list_is_an_error(warehouse, tmp_path):
    dims(warehouse, 5, stub=None)
    rows = recommendations("a", 5)
    warehouse.write("recs.recommendations", rows.filter(pa.array([r <= 11 for r in rows["rank"].to_pylist()])), AS_OF)
    with pytest.raises(SubmissionError, match="fewer than 12"):
        write_submission(warehouse.catalogue, AS_OF, tmp_path / "submission.csv")
