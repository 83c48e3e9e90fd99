"""`hm` as the driver in a container of YARN, which counts an application that never started Spark as failed.

A command that finds nothing to do ends so: a landing of files that have landed, say.
"""

from hm.cli import main
from infra.settings import get_settings
from infra.spark import spark_session

if __name__ == "__main__":
    spark_session(get_settings())
    main()
