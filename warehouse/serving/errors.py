"""What can go wrong in serving, each shown to the user as one sentence."""

from infra.errors import UserError


class StoreError(UserError):
    """The serving store cannot be opened."""


class NothingPublishedError(UserError):
    """The pointer names no run yet."""


class PublicationRefusedError(UserError):
    """What was to be published is not fit to be served; the pointer did not move."""


class RollbackError(UserError):
    """There is no run to go back to, or the one that was named cannot be served."""


class MalformedIdError(UserError):
    """A customer or article id that cannot exist."""


class UnknownArticleError(UserError):
    """A well-formed article id that the served run does not know."""


class PolicyError(UserError):
    """The store does not hold what a variant of an experiment is to serve."""


class UnknownSegmentError(UserError):
    """Nobody's popular articles are published under these values."""
