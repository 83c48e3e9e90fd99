"""Who is shown what, and what says so."""

import json

import pytest
from small_warehouse import ARTICLES, AS_OF, customer

from warehouse.serving.errors import (
    MalformedIdError,
    NothingPublishedError,
    PolicyError,
    UnknownArticleError,
    UnknownSegmentError,
)
from warehouse.serving.lookup import lookup
from warehouse.serving.popular import popular
from warehouse.serving.runs import rollback
from warehouse.serving.shelf import KeptShelf, Segment
from warehouse.serving.similar import COMPLEMENTS, around, similar
from warehouse.serving.status import status
from warehouse.serving.store import open_store

UNKNOWN = "f" * 64


def ids(answer) -> list[str]:
    return [a.article_id for a in answer.articles]


def levels(answer) -> list[str]:
    return [a.level for a in answer.articles]


def test_a_customer_with_recommendations_gets_their_own(store, publish_it):
    publish_it()
    answer = lookup(store, customer(2))
    assert (answer.answered_by, answer.run, answer.as_of_date, answer.is_known) == ("own", 1, AS_OF, True)
    assert ids(answer) == ARTICLES[3:15]
    first = answer.articles[0]
    assert (first.rank, first.score, first.source, first.reason) == (1, -1.0, "source a", "reason a")
    assert first.name.prod_name == "prod_name 3 a"


def test_a_customer_without_gets_their_segments_popular_filled_with_overall(store, publish_it):
    publish_it()
    answer = lookup(store, customer(5))
    assert (answer.answered_by, answer.age_bin, answer.is_known) == ("segment", "25-29", True)
    assert ids(answer) == ARTICLES[20:25] + ARTICLES[:7]
    assert levels(answer) == ["segment"] * 5 + ["overall"] * 7
    assert "25-29" in answer.articles[0].reason


@pytest.mark.parametrize("who", [customer(6), customer(7)], ids=["segment without a list", "age not known"])
def test_a_customer_whose_segment_says_nothing_gets_overall_popular(store, publish_it, who):
    publish_it()
    answer = lookup(store, who)
    assert (answer.answered_by, answer.is_known) == ("overall", True)
    assert ids(answer) == ARTICLES[:12]


def test_an_unknown_customer_gets_overall_popular_and_is_said_to_be_unknown(store, publish_it):
    publish_it()
    answer = lookup(store, UNKNOWN)
    assert (answer.answered_by, answer.is_known, answer.age_bin) == ("overall", False, None)
    assert ids(answer) == ARTICLES[:12]
    assert {a.reason for a in answer.articles} == {"Popular with all customers"}


def test_more_than_a_run_keeps_is_filled_without_repeats_and_own_articles_stay_own(store, publish_it):
    publish_it()
    answer = lookup(store, customer(0), n=25)
    assert len(set(ids(answer))) == len(ids(answer)) == 20
    assert levels(answer) == ["own"] * 14 + ["segment"] * 5 + ["overall"]


def test_an_id_in_capitals_is_the_same_customer(store, publish_it):
    publish_it()
    assert lookup(store, f" {customer(0).upper()}\n").answered_by == "own"


@pytest.mark.parametrize("text", ["", "12", "g" * 64, "f" * 65, "é" * 64, "' or 1=1 --", "x" * 500])
def test_a_malformed_customer_id_is_one_sentence(store, text):
    with pytest.raises(MalformedIdError, match="64 hexadecimal digits") as error:
        lookup(store, text)
    assert len(str(error.value)) < 200


def test_before_the_first_publication_lookup_names_the_command(store):
    with pytest.raises(NothingPublishedError, match="hm publish"):
        lookup(store, UNKNOWN)
    assert status(store).served is None


def test_popular_articles_of_a_segment_come_in_order_and_one_that_is_not_there_is_told(store, publish_it):
    publish_it()
    found = popular(store, Segment(age_bin="25-29"), 2)
    assert [(a.article_id, a.score) for a in found.articles] == [(ARTICLES[20], 99.0), (ARTICLES[21], 98.0)]
    with pytest.raises(UnknownSegmentError, match=r"age_bin 65\+"):
        popular(store, Segment(age_bin="65+"))


def test_a_kept_shelf_answers_as_the_store_does(settings, store, warehouse, publish_it):
    shelf = KeptShelf(lambda: open_store(settings))
    for marker in "ab":
        warehouse.fill(marker)
        shelf.read(store, publish_it().run)
    for who in (customer(0), customer(5), UNKNOWN):
        for n in (3, 12, 25):
            assert lookup(store, who, n, shelf=shelf) == lookup(store, who, n)
    assert around(store, COMPLEMENTS, ARTICLES[0], shelf=shelf) == around(store, COMPLEMENTS, ARTICLES[0])
    assert popular(store, shelf=shelf) == popular(store)
    rollback(store)
    assert lookup(store, customer(0), shelf=shelf) == lookup(store, customer(0))


def test_an_answer_reads_the_pointer_whatever_is_kept(settings, store, warehouse, publish_it):
    shelf = KeptShelf(lambda: open_store(settings))
    shelf.read(store, publish_it().run)
    warehouse.fill("b")
    publish_it()
    answer = lookup(store, customer(5), shelf=shelf)
    assert answer.run == 2
    assert {a.name.prod_name[-1] for a in answer.articles} == {"b"}


def test_a_policy_answers_from_its_own_lists_and_one_that_is_not_there_is_refused(store, warehouse, publish_it):
    publish_it()
    assert ids(lookup(store, customer(0), serves="popular")) == ARTICLES[:12]
    warehouse.fill("b")
    publish_it()
    earlier = lookup(store, customer(0), serves="run:1")
    assert (earlier.run, earlier.articles[0].reason) == (1, "reason a")
    for serves in ("user_based", "run:7", "run:x", "nonsense"):
        with pytest.raises(PolicyError):
            lookup(store, customer(0), serves=serves)
    answer = lookup(store, customer(0), n=4, serves="als")
    assert ids(answer) == [*ARTICLES[5:8], ARTICLES[20]]
    assert [(a.source, a.level) for a in answer.articles] == [("als", "own")] * 3 + [("popular_segment", "segment")]


def test_similar_gives_substitutes_and_complements_in_order(store, publish_it):
    publish_it()
    answer = similar(store, ARTICLES[0])
    assert [a.article_id for a in answer.similar] == ARTICLES[3:5]
    assert [a.article_id for a in answer.complementary] == [ARTICLES[2], ARTICLES[1]]
    assert answer.complementary[0].name.prod_name == "prod_name 2 a"


def test_similar_of_an_article_without_any_is_empty_not_an_error(store, publish_it):
    publish_it(around=None)
    answer = similar(store, ARTICLES[9])
    assert (answer.similar, answer.complementary) == ([], [])


def test_an_article_id_that_lost_its_zero_is_found(store, publish_it):
    publish_it()
    assert similar(store, ARTICLES[0].lstrip("0")).article_id == ARTICLES[0]


def test_an_unknown_and_a_malformed_article_are_told_apart(store, publish_it):
    publish_it()
    with pytest.raises(UnknownArticleError, match="0999999999"):
        similar(store, "0999999999")
    with pytest.raises(MalformedIdError, match="10 digits"):
        similar(store, "12ab")


def test_answers_print_themselves_as_json(store, publish_it):
    published = json.loads(publish_it().to_json())
    assert published["as_of_date"] == str(AS_OF)
    looked_up = json.loads(lookup(store, customer(0)).to_json())
    assert looked_up["articles"][0]["name"]["prod_name"] == "prod_name 1 a"
    assert json.loads(similar(store, ARTICLES[0]).to_json())["similar"][0]["rank"] == 1
    assert json.loads(status(store).to_json())["kept_runs"] == [1]
