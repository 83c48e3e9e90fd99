"""The one kind of error that is shown without a stack trace."""


class UserError(Exception):
    """Something the user can mend; the message is one sentence that says what is wrong and what to do."""


class MissingPartError(UserError):
    """A part that a service or Spark needs cannot be had on this machine; the message says which, and what to do."""
