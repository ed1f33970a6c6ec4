"""Settings of the whole test suite."""

import os

from hypothesis import settings

# The machines of a CI differ in speed, so no example has a deadline; and every run tries the same examples.
# HYPOTHESIS_PROFILE=explore looks for new ones.
settings.register_profile("repeatable", deadline=None, derandomize=True, print_blob=True)
settings.register_profile("explore", deadline=None, max_examples=2000, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "repeatable"))
