"""Customers who ask to be forgotten: their rows leave every place that holds them, a walk over all of them proves it, and
landing lets none in again. What is kept of them is the SHA-256 of their id."""
