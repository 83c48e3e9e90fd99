"""The real stack as plain processes on one machine: `python -m infra.local up | down | status | logs | wipe | run`."""
