"""What the store's answers have in common: frozen dataclasses that print themselves as JSON."""

import json
from dataclasses import asdict
from typing import Any


class Answer:
    """Base of the answers' dataclasses."""

    def to_dict(self) -> dict[str, Any]:
        """The answer as plain dicts and lists; dates stay dates."""
        return asdict(self)  # type: ignore[call-overload]

    def to_json(self) -> str:
        """The answer as JSON; dates in ISO form."""
        return json.dumps(self.to_dict(), default=lambda value: value.isoformat(), ensure_ascii=False)
