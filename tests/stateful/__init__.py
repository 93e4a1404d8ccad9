"""Anything anybody may do, in any order, held against a model that knows none of our rules."""

import pytest

pytest.register_assert_rewrite("tests.stateful.acting", "tests.stateful.truth")
