"""What the checks found: as values, as JSON for programs, and as one HTML page for people."""

import json
from dataclasses import asdict, dataclass
from html import escape
from pathlib import Path

from infra.errors import UserError


class QualityError(UserError):
    """A check that must hold does not; the message names it and the report."""


@dataclass(frozen=True)
class Check:
    """One expectation and what was found.

    Attributes:
        must_hold: false for a warning: it is reported and stops nothing.
        found: what was found instead, in words; empty where the check holds.
    """

    subject: str
    says: str
    holds: bool
    must_hold: bool
    found: str

    @property
    def verdict(self) -> str:
        return "holds" if self.holds else ("FAILS" if self.must_hold else "warning")


@dataclass(frozen=True)
class QualityReport:
    """All checks of one subject, e.g. the landed tables; `page` is the HTML file, the JSON lies beside it."""

    subject: str
    checks: tuple[Check, ...]
    page: Path

    @property
    def failures(self) -> list[Check]:
        return [check for check in self.checks if not check.holds and check.must_hold]

    @property
    def warnings(self) -> list[Check]:
        return [check for check in self.checks if not check.holds and not check.must_hold]

    @property
    def passed(self) -> bool:
        return not self.failures

    def write(self) -> None:
        """Write the page and the JSON."""
        self.page.parent.mkdir(parents=True, exist_ok=True)
        self.page.write_text(_html(self))
        found = {"subject": self.subject, "passed": self.passed, "checks": [asdict(check) for check in self.checks]}
        self.page.with_suffix(".json").write_text(json.dumps(found, indent=1))

    def require_passed(self) -> None:
        """Stop the chain where a check that must hold does not.

        Raises:
            QualityError: the first failure in one sentence, and where to read on.
        """
        if self.failures:
            first = self.failures[0]
            more = f" and {len(self.failures) - 1} more" if len(self.failures) > 1 else ""
            what = f"{first.subject}: {first.says!r} does not hold ({first.found})"
            raise QualityError(f"Quality of the {self.subject}: {what}{more}; see {self.page}.")


_STYLE = """body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#222}
table{border-collapse:collapse;width:100%;margin-bottom:2rem}
td,th{text-align:left;padding:.3rem .6rem;border-bottom:1px solid #ddd}
.holds{color:#176b2c}.FAILS{color:#b00020;font-weight:600}.warning{color:#8a5a00}"""


def _html(report: QualityReport) -> str:
    verdict = "All checks that must hold do." if report.passed else f"{len(report.failures)} checks that must hold do not."
    tables = "".join(_table(name, [c for c in report.checks if c.subject == name]) for name in _in_order(report))
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>Data quality: {escape(report.subject)}</title>'
        f"<style>{_STYLE}</style><h1>Data quality: {escape(report.subject)}</h1>"
        f"<p>{len(report.checks)} checks, {len(report.warnings)} warnings. {verdict}</p>{tables}</html>\n"
    )


def _in_order(report: QualityReport) -> list[str]:
    return list(dict.fromkeys(check.subject for check in report.checks))


def _table(name: str, checks: list[Check]) -> str:
    row = '<tr><td class="{0}">{0}</td><td>{1}</td><td>{2}</td></tr>'
    rows = "".join(row.format(check.verdict, escape(check.says), escape(check.found)) for check in checks)
    return f"<h2>{escape(name)}</h2><table><tr><th>Verdict</th><th>Expected</th><th>Found instead</th></tr>{rows}</table>"
