"""The policy folder: text in, `(Policy, [Problem])` out, and the checks of a data map against a real database."""

from troth.policy.compile import compile_folder

__all__ = ["compile_folder"]
