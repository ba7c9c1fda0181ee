"""The legal bases the gate knows, and what hangs on each. Here alone the gate names them; nothing here decides."""

CONSENT = "consent"
CONTRACT = "contract"
PRE_CONTRACT = "pre-contract"
LEGAL_OBLIGATION = "legal-obligation"
VITAL_INTERESTS = "vital-interests"
PUBLIC_TASK = "public-task"
LEGITIMATE_INTEREST = "legitimate-interest"
RECOGNISED_INTEREST = "recognised-interest"

KNOWN = frozenset(
    {
        CONSENT,
        CONTRACT,
        PRE_CONTRACT,
        LEGAL_OBLIGATION,
        VITAL_INTERESTS,
        PUBLIC_TASK,
        LEGITIMATE_INTEREST,
        RECOGNISED_INTEREST,
    }
)

SERVICE = frozenset({CONTRACT, LEGAL_OBLIGATION, VITAL_INTERESTS})
"""What is owed to the person whatever they chose: these go on when their facts cannot be reached."""

WITHOUT_OBJECTION = frozenset({CONTRACT, PRE_CONTRACT, LEGAL_OBLIGATION, VITAL_INTERESTS})
"""Bases against which an objection has no effect. On any other, a no is heard."""

PROFILING = frozenset({CONSENT, LEGITIMATE_INTEREST})
"""Bases on which a profile may be made: what a contract or a duty needs is not a profile."""

EXPLICIT_CONSENT = "explicit-consent"
"""The condition for special categories that asks for a choice of strength `explicit`."""

EXPLICIT = "explicit"
