"""For every test: how fast a machine is decides nothing. Speed is measured in benchmarks/."""

from hypothesis import HealthCheck, settings

settings.register_profile("any-machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any-machine")
