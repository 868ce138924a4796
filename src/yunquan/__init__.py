"""Yunquan (云券): an open internet brokerage. One folder per capability; see docs/tour.md."""

from yunquan._core import use_compiled_core

use_compiled_core()
