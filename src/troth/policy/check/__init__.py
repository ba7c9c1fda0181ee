"""What must hold between the declarations of a policy. Each truth is one function; each tells its problems by place.

purposes   grounds, choices, channels, what uses what
people     recipients, sources, forms, trackers: where people and their data meet us
papers     signatures and days: what is signed, expired, intended, overdue
house      roles, matters, decisions, changes, spaces: how we work
limits     promises about the policy itself
map        a store's own map
"""

from troth.model.policy import Policy
from troth.policy.check import house, limits, papers, people, purposes
from troth.policy.check import map as data_map
from troth.policy.section import Context


def check(policy: Policy, context: Context) -> None:
    """Report every contradiction."""
    purposes.check_purposes(policy, context)
    people.check_people(policy, context)
    papers.check_papers(policy, context)
    house.check_house(policy, context)
    limits.check_limits(policy, context)
    for store in policy.stores.values():
        data_map.check_map(store, policy, context.report)
