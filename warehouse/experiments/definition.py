"""experiments.yml: what is tested, on whom, between what, and what decides."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, field_validator, model_validator

from infra.settings import Settings
from warehouse.experiments.errors import DefinitionError, UnknownExperimentError
from warehouse.experiments.metrics import METRICS
from warehouse.experiments.places import line_of

EXAMPLE = Path(__file__).with_name("example.yml")
BUCKETS = 10_000
"""Parts that a hash is divided into: weights and traffic are exact to a hundredth of a percent."""
POLICIES = ("full_system", "popular", "user_based", "als")

_NAME = r"^[a-z0-9][a-z0-9_-]{0,63}$"
_SERVES = rf"^({'|'.join(POLICIES)}|run:[1-9]\d{{0,8}})$"


def _moment(value: Any) -> Any:
    """A day is its first moment, and a moment without a zone is UTC."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return datetime(value.year, value.month, value.day, tzinfo=UTC)
    if isinstance(value, datetime) and value.tzinfo is None:
        return value.replace(tzinfo=UTC)
    return value


Moment = Annotated[datetime, BeforeValidator(_moment)]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Variant(_Frozen):
    """One arm of an experiment.

    Attributes:
        weight: its share of the experiment's customers is weight / sum of weights.
        serves: full_system, popular, user_based, als or run:N; None: the caller decides by the variant's name what to show.
    """

    name: str = Field(pattern=_NAME)
    weight: int = Field(default=1, ge=1, le=BUCKETS)
    serves: str | None = Field(default=None, pattern=_SERVES)


class Experiment(_Frozen):
    """One experiment, checked.

    Attributes:
        salt: what the customer's id is hashed with; another salt is another draw.
        layer: experiments of one layer never share a customer (their `traffic` is disjoint), those of two are independent.
        traffic: buckets of the layer [from, to) of 10,000 that take part.
        starts, ends: customers are assigned in [starts, ends); events count from the first exposure to `ends`.
        control: variant the others are compared with; the first one unless named.
        goal: the metric that decides; `guardrails` must not get worse.
        pre_days: days before a customer's first exposure that the covariate (CUPED) is taken from; 0: none.
        alpha: error probability of all comparisons with the control together.
        decide: sequential (any day may be the last, intervals are wider) or at_end (only at `ends`).
        expected_customers: customers at which sequential intervals are tightest.
        minimal_effect: smallest relative change of the goal worth finding, for `hm experiment plan`.
    """

    name: str = Field(pattern=_NAME)
    hypothesis: str = ""
    salt: str = Field(default="", max_length=128)
    layer: str = Field(default="lists", pattern=_NAME)
    traffic: tuple[int, int] = (0, BUCKETS)
    starts: Moment
    ends: Moment
    variants: tuple[Variant, ...] = Field(min_length=2, max_length=20)
    control: str = ""
    goal: str
    guardrails: tuple[str, ...] = ()
    pre_days: int = Field(default=28, ge=0, le=366)
    alpha: float = Field(default=0.05, gt=0, lt=0.5)
    decide: Literal["sequential", "at_end"] = "sequential"
    expected_customers: int = Field(default=5_000, ge=2)
    power: float = Field(default=0.8, gt=0.5, lt=1)
    minimal_effect: float = Field(default=0.05, gt=0, le=10)

    @field_validator("traffic")
    @classmethod
    def _within_the_layer(cls, value: tuple[int, int]) -> tuple[int, int]:
        if not 0 <= value[0] < value[1] <= BUCKETS:
            raise ValueError(f"must be two buckets, 0 <= from < to <= {BUCKETS}")
        return value

    @field_validator("goal")
    @classmethod
    def _known_goal(cls, value: str) -> str:
        return _known(value)

    @field_validator("guardrails")
    @classmethod
    def _known_guardrails(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(_known(name) for name in value)

    @model_validator(mode="before")
    @classmethod
    def _defaults(cls, given: Any) -> Any:
        """The name is the salt, and the first variant the control, where nothing else is said."""
        if not isinstance(given, dict):
            return given
        salt = given.get("salt") or given.get("name", "")
        first = next(iter(given.get("variants") or []), None)
        named = first.get("name", "") if isinstance(first, dict) else ""
        return {**given, "salt": salt, "control": given.get("control") or named}

    @model_validator(mode="after")
    def _makes_sense(self) -> "Experiment":
        names = [variant.name for variant in self.variants]
        if self.ends <= self.starts:
            raise ValueError("ends must be after starts")
        if len(set(names)) < len(names):
            raise ValueError("two variants have the same name; rename one")
        if self.control not in names:
            raise ValueError(f"control {self.control!r} is not a variant; use one of {', '.join(names)}")
        if self.goal in self.guardrails:
            raise ValueError("the goal cannot be a guardrail too; take it out of guardrails")
        if len({variant.serves is None for variant in self.variants}) > 1:
            raise ValueError("either every variant has `serves` or none has")
        return self

    @property
    def decides_lists(self) -> bool:
        """Its variants are policies that the API serves."""
        return self.variants[0].serves is not None

    @property
    def metrics(self) -> tuple[str, ...]:
        """The goal and the guardrails."""
        return (self.goal, *self.guardrails)

    @property
    def treatments(self) -> tuple[Variant, ...]:
        """Every variant but the control, in the order of the file."""
        return tuple(variant for variant in self.variants if variant.name != self.control)

    @property
    def days(self) -> int:
        """Whole days it runs, at least one."""
        return max(1, (self.ends - self.starts) // timedelta(days=1))

    def runs_at(self, moment: datetime) -> bool:
        """Whether customers are assigned at a moment (with a zone)."""
        return self.starts <= moment < self.ends

    def variant(self, name: str) -> Variant:
        """The variant of that name; KeyError where there is none."""
        return {variant.name: variant for variant in self.variants}[name]


class _File(_Frozen):
    experiments: tuple[Experiment, ...] = ()

    @model_validator(mode="after")
    def _agree(self) -> "_File":
        double = [name for name, times in Counter(e.name for e in self.experiments).items() if times > 1]
        if double:
            raise ValueError(f"two experiments are called {double[0]}; rename one")
        for i, one in enumerate(self.experiments):
            for other in self.experiments[:i]:
                _compatible(one, other)
        return self


def load(path: Path) -> list[Experiment]:
    """The experiments of a file, in its order.

    Raises:
        DefinitionError: naming file, line, field and what would be right.
    """
    try:
        text = path.read_text()
        given = yaml.safe_load(text) or {}
    except (OSError, UnicodeDecodeError) as error:
        raise DefinitionError(f"{path} cannot be read ({error}); begin with a copy of {EXAMPLE}.") from error
    except yaml.YAMLError as error:
        raise DefinitionError(f"{path} is not YAML: {' '.join(str(error).split())}; compare it with {EXAMPLE}.") from error
    try:
        return list(_File.model_validate(given).experiments)
    except ValidationError as error:
        raise DefinitionError(_told(path, text, error)) from error


def load_configured(settings: Settings) -> list[Experiment]:
    """The experiments of this environment; none where nobody wrote the file and HM_EXPERIMENTS names none."""
    path = settings.experiments_file
    return load(path) if settings.experiments or path.is_file() else []


def running(experiments: list[Experiment], moment: datetime) -> list[Experiment]:
    """Those that assign customers at a moment (with a zone)."""
    return [experiment for experiment in experiments if experiment.runs_at(moment)]


def named(experiments: list[Experiment], name: str) -> Experiment:
    """The experiment of that name.

    Raises:
        UnknownExperimentError: naming those there are.
    """
    found = {experiment.name: experiment for experiment in experiments}
    if name not in found:
        known = f"there are {', '.join(found)}" if found else f"none is defined, begin with a copy of {EXAMPLE}"
        raise UnknownExperimentError(f"No experiment is called {name}; {known}.")
    return found[name]


def _known(name: str) -> str:
    if name not in METRICS:
        raise ValueError(f"{name!r} is not a metric; use one of {', '.join(METRICS)}")
    return name


def _compatible(one: Experiment, other: Experiment) -> None:
    """Two experiments at one time: a customer is in one of a layer at most, and one list is decided once."""
    if one.ends <= other.starts or other.ends <= one.starts:
        return
    if one.layer == other.layer and max(one.traffic[0], other.traffic[0]) < min(one.traffic[1], other.traffic[1]):
        raise ValueError(
            f"{other.name} and {one.name} run at the same time on the same customers of layer {one.layer}; "
            "give them disjoint traffic, other dates or another layer"
        )
    if one.layer != other.layer and one.decides_lists and other.decides_lists:
        raise ValueError(
            f"{other.name} and {one.name} both decide what list is served at the same time; "
            "put them into one layer with disjoint traffic, or leave `serves` out of one"
        )


_SAID = {
    "extra_forbidden": "it is no field of this file",
    "missing": "it must be given",
    "string_pattern_mismatch:name": "use lower-case letters, digits, - and _, at most 64",
    "string_pattern_mismatch:serves": f"use one of {', '.join(POLICIES)}, or run:N",
}
"""What to say instead of pydantic's words, by kind of fault and, where it matters, field."""


def _told(path: Path, text: str, error: ValidationError) -> str:
    faults = []
    for fault in error.errors():
        field = ".".join(str(part) for part in fault["loc"]) or "file"
        kind = fault["type"]
        said = _SAID.get(kind) or _SAID.get(f"{kind}:{field.rpartition('.')[2]}") or fault["msg"]
        faults.append(f"line {line_of(text, fault['loc'])}, {field}: {said.removeprefix('Value error, ')}")
    return f"{path}: {'; '.join(faults)}. Compare it with {EXAMPLE}."
