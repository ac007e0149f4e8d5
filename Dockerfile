# One image for the hub, the nodes and the command line. Debian, not Alpine: PostgreSQL's and cryptography's wheels are
# built for glibc. Tag pinned; at a release the digest is put behind it: python:3.11-slim-bookworm@sha256:…
FROM python:3.11-slim-bookworm AS build
WORKDIR /source
COPY requirements/run.txt requirements/run.txt
# Into an environment of its own, so that the second stage copies one directory and has no build leftovers.
RUN python -m venv /opt/caunoi \
    && /opt/caunoi/bin/pip install --no-cache-dir --require-hashes --requirement requirements/run.txt
COPY . .
RUN /opt/caunoi/bin/pip wheel --no-cache-dir --no-deps --no-build-isolation --wheel-dir /wheels . \
    && /opt/caunoi/bin/pip install --no-cache-dir --no-deps --no-index /wheels/caunoi-*.whl

FROM python:3.11-slim-bookworm
# A number of its own, so that the files of secrets can be given to it (docker-compose.yml).
RUN useradd --uid 10001 --user-group --no-create-home --home-dir /var/lib/caunoi --shell /usr/sbin/nologin caunoi \
    && install --directory --owner caunoi --group caunoi --mode 0700 /var/lib/caunoi /public/own
COPY --from=build /opt/caunoi /opt/caunoi
ENV PATH=/opt/caunoi/bin:$PATH \
    PYTHONUTF8=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    CAUNOI_HOME=/var/lib/caunoi
USER caunoi
VOLUME /var/lib/caunoi
WORKDIR /var/lib/caunoi
ENTRYPOINT ["caunoi"]
CMD ["--help"]
