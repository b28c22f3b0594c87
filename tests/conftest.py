"""What every test shares: hypothesis without deadlines, and without chance in CI."""

import os

from hypothesis import settings

# A loaded machine is slow, not wrong; a failure in CI has to fail again on the next run.
settings.register_profile("local", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "local")
