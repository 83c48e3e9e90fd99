"""Simulated customers, who use the real HTTP API for a whole experiment; all they leave is marked as simulated.

What differs between variants is the lists they are served: nobody is told which variant they are in, and no lift is written
anywhere. How a customer likes an article follows from what that very customer bought in the log (`tastes`).
"""
