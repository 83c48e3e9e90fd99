"""Questions to the warehouse in Trino's SQL: files that analysts can read, with typed parameters.

`questions/*.sql` says in its header what it asks, what it takes and what it answers (`question.py` reads it);
`client.py` sends statements to Trino.
"""

from warehouse.trino.client import Answer, TrinoError, ask, query
from warehouse.trino.question import Question, QuestionError, find_question, questions

__all__ = ["Answer", "Question", "QuestionError", "TrinoError", "ask", "find_question", "query", "questions"]
