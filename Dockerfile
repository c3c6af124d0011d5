# The exporter as an image: not root, a read-only root file system, state in one volume.
# BASE is any image with Python 3.11 and its venv module; scripts/build-image.sh makes one from Debian packages. Name it by
# digest where a build has to be the same tomorrow: `docker build --build-arg BASE=python@sha256:...`.
ARG BASE=python:3.11-slim

FROM ${BASE} AS build
WORKDIR /src
COPY requirements requirements
RUN python3 -m venv /opt/build \
    && /opt/build/bin/pip install --no-cache-dir --require-hashes -r requirements/build.txt \
    && python3 -m venv --without-pip /opt/kpi-exporter \
    && /opt/build/bin/pip --python /opt/kpi-exporter/bin/python install --no-cache-dir --require-hashes -r requirements/run.txt
COPY pyproject.toml README.md LICENSE ./
COPY exporter exporter
COPY scripts/sbom.py scripts/sbom.py
RUN /opt/build/bin/pip wheel --no-cache-dir --no-deps --no-build-isolation --wheel-dir /dist . \
    && /opt/build/bin/pip --python /opt/kpi-exporter/bin/python install --no-cache-dir --no-deps --no-index /dist/*.whl \
    && mkdir --parents /var/lib/kpi-exporter/backfill \
    && /opt/build/bin/python /src/scripts/sbom.py /opt/kpi-exporter > /opt/kpi-exporter/sbom.cdx.json

FROM ${BASE}
LABEL org.opencontainers.image.title="kpi-exporter" \
      org.opencontainers.image.description="Business KPIs as Prometheus metrics, alerts and dashboards" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY --from=build /opt/kpi-exporter /opt/kpi-exporter
COPY --from=build --chown=65532:65532 /var/lib/kpi-exporter /var/lib/kpi-exporter
ENV PATH=/opt/kpi-exporter/bin:$PATH \
    HOME=/var/lib/kpi-exporter \
    DUCKDB_JE_MALLOC_CONF=narenas:1,dirty_decay_ms:0,muzzy_decay_ms:0 \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
USER 65532:65532
WORKDIR /var/lib/kpi-exporter
VOLUME ["/var/lib/kpi-exporter", "/tmp"]
EXPOSE 9847
# With TLS or users (docs/security.md), replace this check by one with a user that may scrape.
# Not ready is a source that was never tried, and a store that can keep nothing; `docker inspect` shows which.
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python3", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:9847/-/ready', timeout=4)"]
ENTRYPOINT ["kpi-exporter"]
CMD ["run", "--listen", "0.0.0.0:9847", "--store", "/var/lib/kpi-exporter/kpi.duckdb", "/etc/kpi-exporter/company.yaml"]
