"""The one kind of error that is shown without a stack trace."""


class UserError(Exception):
    """Something the user can mend; the message is one sentence that says what is wrong and what to do."""
