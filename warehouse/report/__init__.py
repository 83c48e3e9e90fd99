"""The report of the recommender: small facts brought into the store, read through its views, drawn on one page."""
