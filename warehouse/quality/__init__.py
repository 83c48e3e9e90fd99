"""Data quality: Great Expectations suites on what landed and on what is about to be published, and a readable report.

The heavy imports are inside the functions: asking for a check is quick, running one is not.
"""

import time
from collections.abc import Callable
from datetime import date

from infra.settings import Settings
from warehouse.quality.report import Check, QualityError, QualityReport

__all__ = ["Check", "QualityError", "QualityReport", "check_landed", "check_recommendations"]


def check_landed(settings: Settings, progress: Callable[[str], None] = lambda line: None) -> QualityReport:
    """Check the landed tables and write the report.

    Raises:
        QualityError: a check that must hold does not; the message names the report.
    """
    from warehouse.quality import landed

    return _check(settings, "landed tables", "quality-landed", lambda: landed.suites(settings), progress)


def check_recommendations(
    settings: Settings, as_of_date: date, progress: Callable[[str], None] = lambda line: None
) -> QualityReport:
    """Check the finished recommendations of an as-of date and write the report.

    Raises:
        QualityError: a check that must hold does not; the message names the report.
        warehouse.hive.catalogue.MissingDataError: there are none for the date.
    """
    from warehouse.quality import recommended

    subject, name = f"recommendations as of {as_of_date}", f"quality-recommendations-{as_of_date}"
    return _check(settings, subject, name, lambda: recommended.suites(settings, as_of_date), progress)


def _check(settings: Settings, subject: str, name: str, make_suites: Callable, progress: Callable) -> QualityReport:
    from warehouse.quality.suites import run

    started = time.monotonic()
    checks = run(make_suites())
    report = QualityReport(subject, tuple(checks), settings.reports_dir / f"{name}.html")
    report.write()
    for check in report.warnings:
        progress(f"quality of {subject}: warning: {check.subject}: {check.says}: {check.found}")
    report.require_passed()
    progress(f"quality of {subject}: {len(checks)} checks hold or warn, {time.monotonic() - started:.1f} s, {report.page}")
    return report
