"""The parts of the landing job: files before Spark, rules for rows, writing, and the commit."""
