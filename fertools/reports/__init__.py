"""HTML and Markdown reports of audits and comparisons."""

from .._utils.public_modules import set_public_module
from ._audit_report import write_audit_report
from ._comparison_report import write_comparison_report

__all__ = ["write_audit_report", "write_comparison_report"]

set_public_module(globals(), __all__)
