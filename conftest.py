"""For every test: how fast a machine is decides nothing. Speed is measured in benchmarks/."""

import os
import sys

from hypothesis import HealthCheck, settings

settings.register_profile("any-machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any-machine")

# Some machines forbid to keep what was compiled. Here each of many processes would then compile all of Troth again.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False
