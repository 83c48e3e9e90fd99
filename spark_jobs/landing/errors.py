"""What can stop a landing; every message is one sentence that names the file and the remedy."""

from infra.errors import UserError


class LandingError(UserError):
    """The landing stopped and nothing that was landed before has changed."""


class InputFileError(LandingError):
    """A file cannot be read as what its name says."""


class DaysAlreadyLandedError(LandingError):
    """A transactions file holds days that an earlier landing brought."""


class TooManyRejectsError(LandingError):
    """More than the allowed share of a file's rows cannot be used."""


class CountMismatchError(LandingError):
    """Rows read and rows landed plus rejected differ: a fault of ours, never of the file."""


class PriceTotalError(LandingError):
    """The prices add up to more than a sum of money can hold."""
