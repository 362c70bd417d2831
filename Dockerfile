# syntax=docker/dockerfile:1

# The Node that runs; `engines` in package.json has the oldest that would.
ARG NODE=24

FROM node:${NODE}-bookworm-slim AS build
WORKDIR /build
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts
COPY tsconfig.json ./
COPY scripts scripts
COPY src src
# Nothing reads the source maps in production.
RUN npm run build && find dist -name '*.map' -delete

# What is not bundled, in the versions of the lock file. The native packages bring their binaries for glibc with them.
FROM node:${NODE}-bookworm-slim AS dependencies
WORKDIR /app
COPY --from=build /build/dist/package.json ./
COPY package-lock.json ./
RUN npm install --omit=dev --ignore-scripts --no-audit --no-fund

# Only what Node needs: no shell, no package manager. The user is `nonroot` (65532).
FROM gcr.io/distroless/cc-debian12:nonroot
COPY --from=build /usr/local/bin/node /usr/local/bin/node
WORKDIR /app
COPY --from=dependencies /app/node_modules node_modules
COPY --from=build /build/dist .
USER nonroot
ENV NODE_ENV=production
EXPOSE 3000
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT || 3000}/health/live`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
# `bin/cli.js migrate`, and every other command of the operator, in the place of the server.
ENTRYPOINT ["node"]
CMD ["bin/server.js"]
