"""Experiments: their definition in a file, assignment by hash, statistics from sums that ClickHouse computes, simulation.

The unit is the customer. Raw rows never leave the store: every figure comes from the views in views/.
"""
