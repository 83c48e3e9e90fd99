"""What can go wrong with experiments, each shown to the user as one sentence."""

from infra.errors import UserError


class DefinitionError(UserError):
    """experiments.yml cannot be read, or says something that makes no sense."""


class UnknownExperimentError(UserError):
    """No experiment of that name is defined."""


class NoDataError(UserError):
    """What was asked for needs rows that are not there."""
