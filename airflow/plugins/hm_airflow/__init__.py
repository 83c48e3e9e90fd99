"""What the DAGs have in common: commands, defaults, pools, callbacks. Nothing of the warehouse is imported here."""
