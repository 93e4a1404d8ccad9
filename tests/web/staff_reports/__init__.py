"""Pages of plans, rates, statistics and reports."""
