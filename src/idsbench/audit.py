"""All checks on one subject. Each is a function from values to findings; none changes anything."""

from __future__ import annotations

from idsbench.audit_capture import capture_findings
from idsbench.audit_columns import column_findings
from idsbench.audit_encoding import encoding_findings
from idsbench.audit_finding import Finding, ordered
from idsbench.audit_flows import flow_findings
from idsbench.audit_resolution import ablation_findings
from idsbench.audit_subject import Subject
from idsbench.audit_vectors import vector_findings


def audit(subject: Subject) -> list[Finding]:
    """Run every check; the worst findings first. Cost grows as n log n with the rows."""
    return ordered(
        [
            *column_findings(subject),
            *vector_findings(subject),
            *capture_findings(subject),
            *encoding_findings(subject),
            *flow_findings(subject.table),
            *ablation_findings(subject),
        ]
    )
