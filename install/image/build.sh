#!/usr/bin/env bash
# The image without a container engine: build.sh BINARY OUT.tar [NAME:TAG]
#
# BINARY is .build/release/sallyport on Debian 12; OUT.tar is an OCI archive that `ctr images import`, `podman load`,
# `docker load` and `skopeo copy oci-archive:OUT.tar` take. The same binary gives the same bytes: times are those of
# SOURCE_DATE_EPOCH, or else of the last commit. The last line printed is the digest of the manifest.
set -euo pipefail

[ $# = 2 ] || [ $# = 3 ] || { echo "usage: build.sh BINARY OUT.tar [NAME:TAG]" >&2; exit 64; }
here=$(cd "$(dirname "$0")" && pwd -P)
project=$(cd "$here/../.." && pwd -P)
binary=$1 out=$2
version=$(sed -n 's/^ *static let text = "\(.*\)"$/\1/p' "$project/Sources/sallyport/Version.swift")
name=${3:-localhost/sallyport:$version}
[[ $name =~ ^[a-zA-Z0-9][a-zA-Z0-9._:/-]*$ ]] || { echo "build: '$name' is no name of an image" >&2; exit 64; }
git_says() { git -C "$project" "$@" 2>/dev/null || true; }
epoch=${SOURCE_DATE_EPOCH:-$(git_says log -1 --format=%ct)}
epoch=${epoch:-0}
created=$(date -u -d "@$epoch" +%Y-%m-%dT%H:%M:%SZ)
revision=$(git_says rev-parse HEAD)

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$here/files.sh" "$binary" "$work/root"
blobs=$work/image/blobs/sha256
mkdir -p "$blobs"

# pack OUT WHAT...: a tar that depends on nothing but the files.
pack() {
    local to=$1
    shift
    tar --create --file "$to" --format gnu --sort name --mtime "@$epoch" --numeric-owner --directory "$work/root" "$@"
}

# keep FILE: moves it to where its digest says; prints digest and size.
keep() {
    local digest
    digest=$(sha256sum "$1" | cut -d ' ' -f 1)
    mv "$1" "$blobs/$digest"
    echo "$digest $(stat -c %s "$blobs/$digest")"
}

# What seldom changes is a layer of its own. The one folder that is written to is the user's.
pack "$work/base.tar" --owner 0 --group 0 --exclude ./sallyport --exclude ./var/lib/sallyport .
tar --append --file "$work/base.tar" --format gnu --mtime "@$epoch" --numeric-owner --owner 65532 --group 65532 \
    --directory "$work/root" ./var/lib/sallyport
pack "$work/program.tar" --owner 0 --group 0 ./sallyport

layers="" diffs=""
for layer in base program; do
    diff=$(sha256sum "$work/$layer.tar" | cut -d ' ' -f 1)
    gzip -n -9 "$work/$layer.tar"
    read -r digest size < <(keep "$work/$layer.tar.gz")
    layers+=${layers:+,}'{"mediaType":"application/vnd.oci.image.layer.v1.tar+gzip","digest":"sha256:'$digest'","size":'$size'}'
    files=${files:-}${files:+,}'"blobs/sha256/'$digest'"'
    diffs+=${diffs:+,}'"sha256:'$diff'"'
done

labels='"org.opencontainers.image.title":"sallyport","org.opencontainers.image.version":"'$version'"'
labels+=',"org.opencontainers.image.licenses":"Apache-2.0","org.opencontainers.image.revision":"'$revision'"'
labels+=',"org.opencontainers.image.description":"A guarded front door for AI servers, a guest list, and a record of every decision."'
cat >"$work/config" <<JSON
{"created":"$created","architecture":"$(dpkg --print-architecture)","os":"linux","config":{"User":"65532:65532","Env":["PATH=/"],"Entrypoint":["/sallyport"],"WorkingDir":"/","Labels":{$labels}},"rootfs":{"type":"layers","diff_ids":[$diffs]},"history":[{"created":"$created","created_by":"install/image/files.sh"},{"created":"$created","created_by":"scripts/build.sh release"}]}
JSON
read -r config config_size < <(keep "$work/config")
cat >"$work/manifest" <<JSON
{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"sha256:$config","size":$config_size},"layers":[$layers]}
JSON
read -r manifest manifest_size < <(keep "$work/manifest")
echo '{"imageLayoutVersion":"1.0.0"}' >"$work/image/oci-layout"
cat >"$work/image/index.json" <<JSON
{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"sha256:$manifest","size":$manifest_size,"annotations":{"io.containerd.image.name":"$name","org.opencontainers.image.ref.name":"${name##*:}"}}]}
JSON
# Engines that know no OCI archives read this.
echo '[{"Config":"blobs/sha256/'"$config"'","RepoTags":["'"$name"'"],"Layers":['"$files"']}]' >"$work/image/manifest.json"

tar --create --file "$out" --format gnu --sort name --mtime "@$epoch" --owner 0 --group 0 --numeric-owner \
    --mode u=rwX,go=rX --directory "$work/image" .
echo "$name: $(du -h --apparent-size "$out" | cut -f 1), $(du -sh --apparent-size "$work/root" | cut -f 1) unpacked"
echo "sha256:$manifest"
