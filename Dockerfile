# Builds the static binary and ships it alone: no shell, no libc, no root. Plain Dockerfile syntax, no BuildKit needed.
#
#   docker build -t nightclerk .
#   docker run --rm -p 127.0.0.1:4545:4545 nightclerk
#
# The image brings the Clerk scripts that browsers load, of the majors in SDK, so that it needs no network later. For one
# without them, and without Node: docker build --build-arg SDK= --build-arg SDK_IMAGE=golang:1.26-bookworm -t nightclerk .

ARG GO_VERSION=1.26
ARG SDK_IMAGE=node:22-bookworm-slim
FROM golang:${GO_VERSION}-bookworm AS build
WORKDIR /src

# The modules first: this layer stays as long as go.mod does.
COPY go.mod go.sum ./
RUN go mod download

COPY . .
ARG VERSION=dev
RUN CGO_ENABLED=0 go build -trimpath -buildvcs=false -ldflags "-s -w -X main.version=${VERSION}" -o /out/nightclerk ./cmd/emulator \
 && mkdir -p /out/data

FROM ${SDK_IMAGE} AS sdk
ARG SDK="@clerk/clerk-js@6 @clerk/clerk-js@5 @clerk/ui@1"
COPY --from=build /out/nightclerk /nightclerk
RUN mkdir -p /out/sdk && if [ -n "$SDK" ]; then /nightclerk sdk pull --data /out $SDK; fi

FROM scratch
COPY --from=build /out/nightclerk /nightclerk
COPY --from=sdk /out/sdk /usr/share/nightclerk/sdk
# Webhooks may go to https endpoints with public certificates.
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
# Made before VOLUME and owned by the user below, so that a fresh volume is writable for it.
COPY --from=build --chown=65532:65532 /out/data /data

ENV NIGHTCLERK_DATA=/data \
    NIGHTCLERK_LISTEN=0.0.0.0:4545
USER 65532:65532
WORKDIR /data
VOLUME /data
EXPOSE 4545
HEALTHCHECK --interval=2s --timeout=3s --start-period=10s --retries=15 CMD ["/nightclerk", "ready"]
ENTRYPOINT ["/nightclerk"]
