"""The pure planner: from what a policy says and what the stores saw to the lines that would be carried out.

No clock, no input, no output: `at` comes in as an argument, laws through `cite`. See docs/architecture/3-the-plan.md.
"""

from troth.plan.codes import EXCEPTIONS, FINDINGS, GROUNDS, REACH, Cite
from troth.plan.erasing import erasure
from troth.plan.expiry import due, retention_plan
from troth.plan.identity import canonical, dump, load, plan_hash
from troth.plan.lines import orders
from troth.plan.reading import access, held_back
from troth.plan.receipt import fold_receipt, left_over
from troth.plan.replay import RESTORE, replay
from troth.plan.stale import stale

__all__ = [
    "EXCEPTIONS",
    "FINDINGS",
    "GROUNDS",
    "REACH",
    "RESTORE",
    "Cite",
    "access",
    "canonical",
    "due",
    "dump",
    "erasure",
    "fold_receipt",
    "held_back",
    "left_over",
    "load",
    "orders",
    "plan_hash",
    "replay",
    "retention_plan",
    "stale",
]
