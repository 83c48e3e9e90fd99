# Superset with the drivers of ClickHouse and Trino, in an environment of its own: it wants older numpy, pandas and SQLAlchemy.
#   docker build -f infra/docker/superset.Dockerfile -t hm-superset:6.1.0 .          (BuildKit; about 0.9 GB)
FROM python:3.11.15-slim-bookworm
RUN useradd --uid 1000 --create-home hm
COPY infra/docker/superset.lock /opt/
RUN --mount=type=cache,target=/root/.cache/pip \
    python -m venv /opt/venv \
 && /opt/venv/bin/pip install --quiet --disable-pip-version-check --require-hashes -r /opt/superset.lock
# A new volume takes its owner from the folder it covers.
RUN install -d -o hm -g hm /superset
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    FLASK_APP="superset.app:create_app()" \
    SUPERSET_HOME=/superset \
    SUPERSET_CONFIG_PATH=/opt/hm/infra/superset/superset_config.py
USER hm
