"""The policy folder: text in, `(Policy, [Problem])` out, and the checks of a data map against a real database."""

from troth.policy.compile import compile_folder, compile_texts
from troth.policy.live import check_against_schema
from troth.policy.normal import Unreadable, normal_form

__all__ = ["Unreadable", "check_against_schema", "compile_folder", "compile_texts", "normal_form"]
