# syntax=docker/dockerfile:1
# Penstock without its embedded engines: an image serves PostgreSQL, ClickHouse and AWS that are elsewhere. glibc, as the
# native packages expect it.
FROM node:24-bookworm-slim AS source
WORKDIR /app
COPY package.json package-lock.json ./

FROM source AS build
RUN npm ci --omit=optional --ignore-scripts --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json ./
COPY scripts scripts
COPY migrations migrations
COPY src src
RUN npm run build

FROM source AS packages
RUN npm ci --omit=dev --omit=optional --ignore-scripts --no-audit --no-fund

FROM node:24-bookworm-slim
# HOST is every address, for which the service demands keys: give it API_KEYS_FILE.
ENV NODE_ENV=production HOST=0.0.0.0 PORT=8080 PENSTOCK_HOME=/var/lib/penstock
WORKDIR /app
RUN install -d -o 1000 -g 1000 -m 0700 "$PENSTOCK_HOME"
COPY --from=packages /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY package.json ./
COPY bin bin
COPY migrations/clickhouse migrations/clickhouse
COPY data data
COPY config config
COPY workflows workflows
USER 1000:1000
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/health/live`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "bin/penstock.mjs"]
CMD ["serve"]
