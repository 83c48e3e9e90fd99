"""What a shop must not show is nowhere in what it publishes, and every answer is still full."""

import pyarrow as pa
import pytest
from small_warehouse import ARTICLES, AS_OF, N_ARTICLES, articles, customer

from warehouse.serving.errors import PublicationRefusedError
from warehouse.serving.lookup import lookup
from warehouse.serving.popular import popular
from warehouse.serving.rules import EXAMPLE, Rules, RulesError, load
from warehouse.serving.similar import similar


def ids(answer) -> list[str]:
    return [a.article_id for a in answer.articles]


def test_an_excluded_article_is_in_no_answer_and_what_it_leaves_is_filled(store, publish_it):
    out = (ARTICLES[1], ARTICLES[3].lstrip("0"), ARTICLES[20])
    run = publish_it(rules=Rules(exclude_articles=out))
    answer = lookup(store, customer(0))
    assert ids(answer) == [ARTICLES[2], *ARTICLES[4:15]]
    assert not {ARTICLES[1], ARTICLES[3], ARTICLES[20]} & set(ids(lookup(store, customer(5))) + ids(popular(store, n=100)))
    around = similar(store, ARTICLES[0])
    assert [(a.rank, a.article_id) for a in around.similar] == [(1, ARTICLES[4])]
    assert [(a.rank, a.article_id) for a in around.complementary] == [(1, ARTICLES[2])]
    assert run.metrics["rules"]["did"] == {"excluded_articles": 3, "removed_places": 4, "emptied_lists": 0}


def test_a_list_that_rules_empty_is_answered_by_the_segment(store, publish_it):
    publish_it(rules=Rules(exclude_articles=tuple(ARTICLES[15:30])))
    assert lookup(store, customer(0)).answered_by == "own"
    with pytest.raises(PublicationRefusedError, match="overall list"):
        publish_it(rules=Rules(exclude_articles=tuple(ARTICLES[:15])))


def test_types_and_groups_are_excluded_by_name_and_a_misspelt_one_is_refused(store, publish_it):
    publish_it(
        rules=Rules(exclude_product_types=("product_type_name 1 a",), exclude_product_groups=("product_group_name 2 a",))
    )
    assert ids(lookup(store, customer(0)))[0] == ARTICLES[3]
    with pytest.raises(RulesError, match="Umbrela"):
        publish_it(rules=Rules(exclude_product_types=("Umbrela",)))


def test_what_has_not_sold_for_long_is_no_longer_shown(store, warehouse, publish_it):
    days = [200 if i == 2 else 10 for i in range(N_ARTICLES - 1)]  # the last one never sold
    keys = pa.array(range(N_ARTICLES - 1), pa.int32())
    warehouse.write(
        "marts.article_features", pa.table({"article_key": keys, "days_since_last": pa.array(days, pa.int32())}), AS_OF
    )
    publish_it(rules=Rules(sold_within_days=90))
    assert ids(lookup(store, customer(0)))[:2] == [ARTICLES[1], ARTICLES[3]]


def test_no_more_of_a_product_than_the_cap_and_the_best_of_them_stay(store, warehouse, publish_it):
    rows = articles("a")
    product = pa.array([i // 3 for i in range(N_ARTICLES)], pa.int32())
    warehouse.write(
        "marts.dim_articles", rows.set_column(rows.schema.get_field_index("product_code"), "product_code", product)
    )
    publish_it(rules=Rules(max_per_product=2), shown=9)
    answer = lookup(store, customer(2), n=9)  # had 3 to 16
    assert ids(answer) == [ARTICLES[i] for i in (3, 4, 6, 7, 9, 10, 12, 13, 15)]
    assert ids(popular(store, n=4)) == [ARTICLES[i] for i in (0, 1, 3, 4)]


def test_other_rules_are_another_run_and_the_same_ones_are_not(store, publish_it):
    assert publish_it().run == 1
    assert publish_it(rules=Rules()).run == 1
    assert publish_it(rules=Rules(max_per_product=3)).run == 2
    assert not publish_it(rules=Rules(max_per_product=3)).is_new


def test_the_example_is_read_and_a_mistake_in_a_file_is_one_sentence(tmp_path):
    assert load(EXAMPLE).max_per_product == 2
    wrong = tmp_path / "publication.yml"
    wrong.write_text("exclude_artikles: [1]\nmax_per_product: 0\n")
    with pytest.raises(RulesError, match=r"max_per_product.*exclude_artikles"):
        load(wrong)
    wrong.write_text("a: [")
    with pytest.raises(RulesError, match="cannot be read"):
        load(wrong)
