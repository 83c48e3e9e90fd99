"""The analysts' questions without Trino: their headers, their parameters, and what happens to what is given for them."""

import re
from datetime import date
from decimal import Decimal

import pytest
from sqlfluff.core import FluffConfig, Linter
from typer.testing import CliRunner

from hm.cli import app
from hm.sql import default_engine
from infra.settings import ENV_DIR, REPO, Settings
from warehouse.schemas import raw, recs
from warehouse.trino import QuestionError, TrinoError, find_question, query, questions
from warehouse.trino.question import QUESTIONS_DIR, TYPES, fill, read_question, used_parameters

EVERY = pytest.mark.parametrize("question", questions(), ids=lambda question: question.name)


def question_file(folder, header, sql="select 1"):
    file = folder / "how_many.sql"
    file.write_text("".join(f"-- {line}".rstrip() + "\n" for line in header.splitlines()) + f"\n{sql}\n")
    return read_question(file)


def small_question(folder):
    header = """How many?

Parameters:
  day: date
    The day
  name: text = null
    The name
  days: count = 7
    How many days
  share: number = 0.1
    The share
  last_day: date = select max(t_dat)
      from raw.landed_days
    The last day"""
    return question_file(folder, header, "select :day, :name, :days, :share, :last_day")


# -- the files ----------------------------------------------------------------------------------------------------------


def test_there_are_questions():
    assert len(questions()) >= 12


@EVERY
def test_a_question_says_what_it_asks_answers_and_leaves_out(question):
    assert re.fullmatch(r"[A-Z][^?]+\?", question.sentence)
    assert question.columns
    assert question.caveats
    assert all(question.columns.values())
    assert all(parameter.meaning for parameter in question.parameters.values())


@EVERY
def test_parameters_are_declared_and_used(question):
    assert used_parameters(question.sql) == set(question.parameters)


@EVERY
def test_defaults_are_of_their_types(question):
    constants = [p for p in question.parameters.values() if p.default not in (None, "null") and not p.has_query]
    assert all(parameter.literal(parameter.default) for parameter in constants)


@EVERY
def test_only_tables_that_exist_are_read(question):
    known = {table.full_name for table in (*raw.TABLES, *recs.TABLES)}
    known |= {f"marts.{file.stem}" for file in (REPO / "dbt_project" / "models" / "marts").rglob("*.sql")}
    read = set(re.findall(r'(?:from|join) (\w+)\."?(\w+)', question.sql))
    assert read
    assert {f"{schema}.{table}" for schema, table in read} <= known


@EVERY
def test_the_rendered_statement_is_trinos_sql(question):
    literals = {p.name: TYPES[p.type].literal(TYPES[p.type].example) for p in question.parameters.values()}
    config = FluffConfig(overrides={"dialect": "trino", "templater": "raw"})
    parsed = Linter(config).parse_string(question.statement(literals))
    assert [violation.desc() for violation in parsed.violations] == []
    assert ":" not in re.sub(r"--.*|'[^']*'", "", question.statement(literals))


# -- rendering ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "value", "literal"),
    [
        ("date", "2020-02-29", "date '2020-02-29'"),
        ("date", date(2020, 2, 29), "date '2020-02-29'"),
        ("count", "007", "7"),
        ("number", "0.25", "decimal '0.25'"),
        ("number", Decimal("3"), "decimal '3'"),
        ("text", "O'Neill's", "'O''Neill''s'"),
        ("text", "'; drop table marts.dim_articles; --", "'''; drop table marts.dim_articles; --'"),
        ("text", ":days", "':days'"),
    ],
)
def test_values_become_literals(kind, value, literal):
    assert TYPES[kind].literal(str(value)) == literal


def test_literals_take_the_parameters_places_and_schemas_other_names():
    sql = """select ':day', "a:day", marts.x, t.raw_id -- :day of marts.x\nfrom marts.x where d = :day and raw."y$p".z"""
    filled = fill(sql, {"day": "':day'"}, {"marts": "dev_marts", "raw": "dev_raw"})
    assert filled == (
        """select ':day', "a:day", dev_marts.x, t.raw_id -- :day of marts.x\n"""
        """from dev_marts.x where d = ':day' and dev_raw."y$p".z"""
    )


def test_defaults_are_taken_and_those_that_depend_on_the_data_left_open(tmp_path):
    question = small_question(tmp_path)
    assert question.literals({"day": "2020-01-01"}) == {
        "day": "date '2020-01-01'",
        "name": "cast(null as varchar)",
        "days": "7",
        "share": "decimal '0.1'",
    }
    assert question.parameters["last_day"].default == "select max(t_dat) from raw.landed_days"
    given = {"day": "2020-01-01", "last_day": "2020-01-02", "name": "x"}
    assert (
        question.statement(question.literals(given)) == "select date '2020-01-01', 'x', 7, decimal '0.1', date '2020-01-02'"
    )


# -- refusals -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"nmae": "x", "day": "2020-01-01"}, "nmae; it takes: day, name, days, share, last_day"),
        ({}, "needs the parameter day (The day): --param day=2020-09-22"),
        ({"day": "20200101"}, "day=20200101 is not a day, YYYY-MM-DD; say it like --param day=2020-09-22"),
        ({"day": "2020-02-30"}, "day=2020-02-30 is not a day"),
        ({"day": "2020-01-01' or ''='"}, "is not a day"),
        ({"day": "2020-01-01", "days": "0"}, "days=0 is not a whole number of 1 or more"),
        ({"day": "2020-01-01", "days": "-1"}, "days=-1 is not"),
        ({"day": "2020-01-01", "days": "7; select 1"}, "is not a whole number"),
        ({"day": "2020-01-01", "days": "1.5"}, "days=1.5 is not"),
        ({"day": "2020-01-01", "share": "ten"}, "share=ten is not a decimal number"),
        ({"day": "2020-01-01", "share": "1e3"}, "share=1e3 is not"),
        ({"day": "2020-01-01", "share": "-0.1"}, "share=-0.1 is not"),
    ],
)
def test_a_bad_parameter_is_refused_with_question_parameter_and_remedy(tmp_path, given, words):
    with pytest.raises(QuestionError, match="how_many") as error:
        small_question(tmp_path).literals(given)
    assert words in str(error.value)


def test_an_unknown_question_is_refused_with_the_nearest():
    with pytest.raises(QuestionError, match="did you mean price_bands"):
        find_question("price_band")


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ("How?\n\nParameters:\n  day: time = 1\n    The day", "with a type of"),
        ("How?\n\nParameters:\n  day - date", "is not `name: meaning`"),
        ("How?\n\nParameters:\n   day: date", "indented by 3"),
        ("How?\n\nAnswers:\n  n: Rows", "sections that nobody reads"),
    ],
)
def test_a_header_that_would_be_misread_is_refused(tmp_path, header, words):
    with pytest.raises(ValueError, match=re.escape(words)):
        question_file(tmp_path, header)


# -- commands -----------------------------------------------------------------------------------------------------------


def environment(name, **settings):
    return Settings(_env_file=(ENV_DIR / "base.env", ENV_DIR / f"{name}.env"), env=name, **settings)


def test_trino_answers_where_a_metastore_server_runs():
    assert {name: default_engine(environment(name)) for name in ("embedded", "local", "cluster")} == {
        "embedded": "spark",
        "local": "trino",
        "cluster": "trino",
    }


def test_a_trino_that_does_not_answer_is_one_sentence_with_the_remedy():
    with pytest.raises(TrinoError, match=r"does not answer at 127\.0\.0\.1:9; start the stack with `make up`"):
        query(environment("local", trino_port=9), "select 1")


def test_the_command_has_help_that_teaches():
    help_text = CliRunner().invoke(app, ["ask", "--help"]).output
    assert "name=value" in help_text
    assert "in a sentence each" in help_text


def test_the_list_names_every_question_and_its_sentence():
    listed = CliRunner().invoke(app, ["ask", "--json"]).output
    assert all(f'"{file.stem}"' in listed for file in QUESTIONS_DIR.glob("*.sql"))
    assert "How long is it until a customer buys a product type again?" in listed
    assert "rfm_segment_migration" in CliRunner().invoke(app, ["ask"]).output


@pytest.mark.parametrize(
    ("arguments", "words"),
    [(["nothing"], "There is no question nothing"), (["price_bands", "--param", "days"], "is not name=value")],
)
def test_the_command_refuses_before_it_asks(arguments, words):
    result = CliRunner().invoke(app, ["ask", *arguments])
    assert isinstance(result.exception, QuestionError)
    assert words in str(result.exception)
