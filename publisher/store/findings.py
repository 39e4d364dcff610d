"""What is wrong with the letters of issues, as their rows keep it."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, select

from publisher.letter.lint import Finding, Severity
from publisher.store import schema

_issues = schema.issues


def row_of(findings: Iterable[Finding]) -> list[dict[str, str]]:
    """Findings as their column holds them, each once."""
    facts = dict.fromkeys((finding.severity.value, finding.problem) for finding in findings)
    return [{"severity": severity, "problem": problem} for severity, problem in facts]


def findings_of(conn: Connection, issue: int) -> tuple[Finding, ...]:
    """What is wrong with the letters of an issue, errors first."""
    rows = conn.execute(select(_issues.c.findings).where(_issues.c.id == issue)).scalar_one()
    return tuple(Finding(severity=Severity(row["severity"]), problem=row["problem"]) for row in rows)
