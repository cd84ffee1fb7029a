#!/usr/bin/env bash
# Makes the Swift code of the messages in Sources/Telemetry/Protos anew. Needed only when one of them changes: the code is
# committed, so that no build needs protoc.
#   scripts/protos.sh
# Debian's protobuf-compiler must be there. The two plug-ins are built from the packages, at the versions below, unless
# PROTOC_GEN_SWIFT and PROTOC_GEN_GRPC_SWIFT name them.
set -euo pipefail
project=$(cd "$(dirname "$0")/.." && pwd -P)
protos=$project/Sources/Telemetry/Protos
swift_protobuf=1.39.0
grpc_swift_protobuf=2.4.1

command -v protoc >/dev/null || { echo "protos: protoc is missing: apt-get install protobuf-compiler" >&2; exit 69; }

# built REPOSITORY VERSION PRODUCT: prints the path of the plug-in, which is built once.
built() {
    local place=$project/.build/protos/$(basename "$1")-$2
    if [ ! -x "$place/.build/debug/$3" ]; then
        echo "protos: building $3 $2" >&2
        rm -rf "$place"
        git clone -q --depth 1 --branch "$2" "https://github.com/$1" "$place" >&2
        swift build --package-path "$place" --product "$3" >&2
    fi
    echo "$place/.build/debug/$3"
}
messages=${PROTOC_GEN_SWIFT:-$(built apple/swift-protobuf $swift_protobuf protoc-gen-swift)}
services=${PROTOC_GEN_GRPC_SWIFT:-$(built grpc/grpc-swift-protobuf $grpc_swift_protobuf protoc-gen-grpc-swift-2)}

cd "$protos"
files=$(find . -name '*.proto' | sed 's|^\./||' | sort)
rm -rf "$project/Sources/Telemetry/Generated" "$project/Sources/Hub/Generated"
mkdir -p "$project/Sources/Telemetry/Generated" "$project/Sources/Hub/Generated"
# shellcheck disable=SC2086 # the names have no spaces
protoc --proto_path=. --plugin=protoc-gen-swift="$messages" \
    --swift_opt=Visibility=Public,FileNaming=DropPath \
    --swift_out="$project/Sources/Telemetry/Generated" $files
protoc --proto_path=. --plugin=protoc-gen-grpc-swift-2="$services" \
    --grpc-swift-2_opt=Visibility=Internal,FileNaming=DropPath,ExtraModuleImports=Telemetry \
    --grpc-swift-2_out="$project/Sources/Hub/Generated" observer/observer.proto sallyport/hub/v1/intake.proto
echo "protos: $(ls "$project"/Sources/{Telemetry,Hub}/Generated | grep -c swift) files"
