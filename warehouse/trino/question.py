"""A question as a value: the header of its .sql file, and the statement with its parameters filled in.

The file is Trino SQL with `:name` where a parameter stands, so that DBeaver and its like ask for them too. The header:

    -- The question, in a sentence?
    --
    -- Parameters:
    --   days: count = 28
    --     What it means; the type is date, count, number or text, and what has no default must be given.
    -- Answer:
    --   n_lines: A column of the answer, with its unit
    -- Caveats:
    --   - What a reader of the answer should know

A default is a constant, `null`, or a query for one value that is asked first (`select max(as_of_date) from ...`).
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from pathlib import Path

from infra.errors import UserError

QUESTIONS_DIR = Path(__file__).parent / "questions"
SCHEMAS = ("raw", "marts", "recs")
"""Schemas that questions read; each can be asked for under another name (`dev_anna_marts`)."""

_HEADER = re.compile(r"(?:--.*\n)+")
_ENTRY = re.compile(r"(\w+): (.*)")
_DECLARED = re.compile(r"(\w+)(?: = (.+))?")
# What stands in comments, strings and quoted names is not looked into.
_TOKEN = re.compile(rf"--[^\n]*|'(?:[^']|'')*'|\"[^\"]*\"|:(?P<parameter>[a-z]\w*)|\b(?P<schema>{'|'.join(SCHEMAS)})(?=\.)")


class QuestionError(UserError):
    """No such question, or a parameter that it does not take; the message names both and the remedy."""


# -- types of parameters ------------------------------------------------------------------------------------------------


def _date(text: str) -> str:
    if not re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        raise ValueError(text)
    return f"date '{date.fromisoformat(text)}'"


def _count(text: str) -> str:
    if not re.fullmatch(r"\d{1,9}", text) or not int(text):
        raise ValueError(text)
    return str(int(text))


def _number(text: str) -> str:
    if not re.fullmatch(r"\d{1,9}(\.\d{1,9})?", text):
        raise ValueError(text)
    return f"decimal '{text}'"


def _text(text: str) -> str:
    escaped = text.replace("'", "''")
    return f"'{escaped}'"


@dataclass(frozen=True)
class Type:
    """One type of parameters: its words for people, Trino's name, an example, and text -> Trino's literal."""

    words: str
    trino: str
    example: str
    literal: Callable[[str], str]


TYPES = {
    "date": Type("a day, YYYY-MM-DD", "date", "2020-09-22", _date),
    "count": Type("a whole number of 1 or more", "bigint", "28", _count),
    "number": Type("a decimal number of 0 or more", "decimal(18, 9)", "0.1", _number),
    "text": Type("text", "varchar", "TEXT", _text),
}


@dataclass(frozen=True)
class Parameter:
    """One parameter of a question; `default` is None where it must be given."""

    name: str
    type: str
    default: str | None
    meaning: str

    @property
    def has_query(self) -> bool:
        """Whether the default has to be asked for."""
        return (self.default or "").startswith("select ")

    def literal(self, value: object) -> str:
        """The value as Trino's literal.

        Raises:
            ValueError: it is not of this type.
        """
        return TYPES[self.type].literal(str(value))

    @property
    def _default_literal(self) -> str:
        return f"cast(null as {TYPES[self.type].trino})" if self.default == "null" else self.literal(self.default)


# -- questions ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Question:
    """One file of questions/.

    Attributes:
        sentence: what it asks.
        parameters: by name, as declared.
        columns: column of the answer -> what it means.
        caveats: what a reader of the answer should know.
        header: the comment that says all this.
        sql: the statement, parameters still by name.
    """

    name: str
    sentence: str
    parameters: dict[str, Parameter]
    columns: dict[str, str]
    caveats: tuple[str, ...]
    header: str
    sql: str

    def literals(self, given: Mapping[str, object]) -> dict[str, str]:
        """Trino's literals of all parameters but those whose default has to be asked for.

        Raises:
            QuestionError: a parameter is unknown, missing or not of its type.
        """
        for name in given:
            if name not in self.parameters:
                known = ", ".join(self.parameters) or "none"
                raise QuestionError(f"{self.name} takes no parameter {name}; it takes: {known}.")
        return {
            name: self._literal(parameter, given)
            for name, parameter in self.parameters.items()
            if name in given or not parameter.has_query
        }

    def _literal(self, parameter: Parameter, given: Mapping[str, object]) -> str:
        example = f"--param {parameter.name}={TYPES[parameter.type].example}"
        if parameter.name not in given:
            if parameter.default is None:
                raise QuestionError(f"{self.name} needs the parameter {parameter.name} ({parameter.meaning}): {example}.")
            return parameter._default_literal
        try:
            return parameter.literal(given[parameter.name])
        except ValueError:
            words = TYPES[parameter.type].words
            value = given[parameter.name]
            raise QuestionError(f"{self.name}: {parameter.name}={value} is not {words}; say it like {example}.") from None

    def statement(self, literals: Mapping[str, str], schemas: Mapping[str, str] | None = None) -> str:
        """The statement with every parameter filled in, without its header.

        Args:
            literals: parameter -> Trino's literal, for all of them.
            schemas: schema as the file names it -> schema to read instead.
        """
        return fill(self.sql, literals, schemas)


def fill(sql: str, literals: Mapping[str, str], schemas: Mapping[str, str] | None = None) -> str:
    """SQL with literals for `:name` and other schemas for those of the file; strings and comments stay as they are."""

    def replaced(token: re.Match) -> str:
        if name := token["parameter"]:
            return literals[name]
        return (schemas or {}).get(token["schema"], token[0]) if token["schema"] else token[0]

    return _TOKEN.sub(replaced, sql)


def used_parameters(sql: str) -> set[str]:
    """Names that stand in a statement as parameters."""
    return {token["parameter"] for token in _TOKEN.finditer(sql) if token["parameter"]}


# -- reading the files --------------------------------------------------------------------------------------------------


def read_question(file: Path) -> Question:
    """The question of one file.

    Raises:
        ValueError: the header is not as this module's docstring says.
    """
    text = file.read_text()
    header = _HEADER.match(text)
    if header is None:
        raise ValueError(f"{file.name} has no header.")
    lines = [line.removeprefix("--").removeprefix(" ").rstrip() for line in header[0].splitlines()]
    end = lines.index("") if "" in lines else len(lines)
    sections = _sections(lines[end + 1 :], file)
    return Question(
        name=file.stem,
        sentence=" ".join(lines[:end]),
        parameters={p.name: p for p in (_parameter(entry, file) for entry in sections.get("Parameters", []))},
        columns=dict(_entry(entry, file) for entry in _joined(sections.get("Answer", []))),
        caveats=tuple(entry.removeprefix("- ") for entry in _joined(sections.get("Caveats", []))),
        header=header[0],
        sql=text[header.end() :].strip(),
    )


def _sections(lines: list[str], file: Path) -> dict[str, list[list[str]]]:
    """Section -> entries, each a list of its lines; an entry begins two columns in, its next lines stand
    at four, and the rest of a line that is too long at six."""
    sections: dict[str, list[list[str]]] = {}
    for line in lines:
        depth = len(line) - len(line.lstrip())
        if depth == 0:
            entries = sections.setdefault(line.split(":")[0], [])
        elif depth == 2:
            entries.append([line.strip()])
        elif depth == 4 and entries:
            entries[-1].append(line.strip())
        elif depth == 6 and entries:
            entries[-1][-1] += " " + line.strip()
        else:
            raise ValueError(f"{file.name}: a header line is indented by {depth}: {line}")
    if unknown := set(sections) - {"Parameters", "Answer", "Caveats"}:
        raise ValueError(f"{file.name}: the header has sections that nobody reads: {unknown}")
    return sections


def _joined(entries: list[list[str]]) -> list[str]:
    return [" ".join(entry) for entry in entries]


def _entry(text: str, file: Path) -> tuple[str, str]:
    found = _ENTRY.fullmatch(text)
    if found is None:
        raise ValueError(f"{file.name}: `{text}` is not `name: meaning`.")
    return found[1], found[2]


def _parameter(entry: list[str], file: Path) -> Parameter:
    name, declared = _entry(entry[0], file)
    found = _DECLARED.fullmatch(declared)
    if found is None or found[1] not in TYPES:
        raise ValueError(f"{file.name}: `{entry[0]}` is not `name: type = default` with a type of {', '.join(TYPES)}.")
    return Parameter(name, found[1], found[2], " ".join(entry[1:]))


def questions() -> list[Question]:
    """Every question, by name."""
    return [read_question(file) for file in sorted(QUESTIONS_DIR.glob("*.sql"))]


def find_question(name: str) -> Question:
    """The question of that name.

    Raises:
        QuestionError: there is none.
    """
    names = [file.stem for file in QUESTIONS_DIR.glob("*.sql")]
    if name not in names:
        close = get_close_matches(name, names, n=1)
        meant = f"did you mean {close[0]}? " if close else ""
        raise QuestionError(f"There is no question {name}; {meant}`hm ask` lists them all.")
    return read_question(QUESTIONS_DIR / f"{name}.sql")
