"""Learning without Spark: Arrow and NumPy in, Arrow out."""

import os

# Read when OpenMP is loaded, so before LightGBM, implicit and FAISS are. Threads that wait by spinning cost two to six times
# the CPU as soon as anything else runs on the machine; a sleeping one costs nothing.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
