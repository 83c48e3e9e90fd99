"""What goes in and out, as OpenAPI tells it. Answers are the dataclasses of warehouse.serving and what the API adds."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from warehouse.serving.lookup import Recommendation

CUSTOMER_ID = r"^[0-9a-fA-F]{64}$"
ARTICLE_ID = r"^[0-9]{9,10}$"
MOST_EVENTS = 1_000
"""Events of one request."""
FIRST_MOMENT = datetime(2000, 1, 1, tzinfo=UTC)
AHEAD = timedelta(days=1)
"""How far a client's clock may be ahead."""

_ID = r"^[\x21-\x7e]{1,64}$"
N = Annotated[int, Field(ge=1, le=100, description="How many articles")]


def _utc(moment: datetime) -> datetime:
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)


def _plausible(moment: datetime) -> datetime:
    try:
        found = _utc(moment)
    except OverflowError as error:
        raise ValueError("must be a moment between 2000 and 2200") from error
    if not FIRST_MOMENT <= found < FIRST_MOMENT.replace(year=2200):
        raise ValueError("must be a moment between 2000 and 2200")
    return found


Moment = Annotated[datetime, AfterValidator(_plausible)]


class Assignment(BaseModel):
    """The variant of an experiment that this answer is."""

    experiment: str
    variant: str


class Recommendations(BaseModel):
    """The answer for one customer, all from one run."""

    model_config = ConfigDict(from_attributes=True)

    customer_id: str
    run: int = Field(description="Published run that all of it was read from")
    as_of_date: date = Field(description="First day that the run has not seen")
    is_known: bool = Field(description="The warehouse knows the customer")
    age_bin: str | None = Field(description="The customer's segment; null where it was not needed")
    answered_by: Literal["own", "segment", "overall"] = Field(description="The first level that had something")
    articles: list[Recommendation]
    experiments: list[Assignment] = Field(description="Experiments that the customer takes part in")


class Event(BaseModel):
    """Something that a customer did."""

    model_config = ConfigDict(extra="forbid")

    event_id: str | None = Field(
        None,
        pattern=_ID,
        description="Your own id: sent again with it, an event is taken once. Without it, every sending counts",
    )
    kind: Literal["view", "click", "purchase", "session"]
    customer_id: str = Field(pattern=CUSTOMER_ID)
    article_id: str | None = Field(None, pattern=ARTICLE_ID, description="Needed but for a session")
    value: Decimal = Field(
        Decimal(0), ge=0, lt=10**8, decimal_places=4, description="Price of a purchase; number of steps of a session"
    )
    at: Moment | None = Field(None, description="When it happened (UTC where no zone is given); none: now")
    session_id: str | None = Field(None, pattern=_ID, description="Visit it belongs to")
    simulated: bool = Field(False, description="The customer was a simulated one")

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if self.kind != "session" and self.article_id is None:
            raise ValueError(f"a {self.kind} needs an article_id")
        if self.at and not self.simulated and self.at > datetime.now(UTC) + AHEAD:
            raise ValueError("at must not be in the future")
        return self


class Events(BaseModel):
    """A batch of events; all are taken, or none."""

    model_config = ConfigDict(extra="forbid")

    events: list[Event] = Field(min_length=1, max_length=MOST_EVENTS)


class Accepted(BaseModel):
    """What became of a batch: it is on disk, and on its way to the store."""

    accepted: int
    duplicates: int = Field(description="Events of this batch whose event_id another one of it had")


class VariantShown(BaseModel):
    """One arm."""

    name: str
    weight: int
    serves: str | None = Field(description="Policy or run; null where the caller decides by the variant's name")


class ExperimentShown(BaseModel):
    """One experiment of experiments.yml."""

    name: str
    hypothesis: str
    layer: str
    traffic: tuple[int, int]
    starts: datetime
    ends: datetime
    is_running: bool
    control: str
    goal: str
    guardrails: list[str]
    variants: list[VariantShown]


class Experiments(BaseModel):
    """The experiments; `fault` says why a changed file is not in force."""

    experiments: list[ExperimentShown]
    fault: str | None = None


class Health(BaseModel):
    """Whether the process is alive."""

    status: Literal["ok"] = "ok"


class Ready(BaseModel):
    """Whether it can answer, and from what."""

    status: Literal["ready"] = "ready"
    run: int
    as_of_date: date
    is_synthetic: bool = Field(
        description="The run was learned from a synthetic log: its answers say nothing of a real shop"
    )
