#!/usr/bin/env bash
# Builds mediasoup's worker from the sources in its npm package with Debian's libraries, for a machine that cannot
# reach the project's releases. The packages that it needs stand in build-worker.js.
#
#   build.sh MEDIASOUP_PACKAGE_FOLDER OUTPUT_FILE
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
package=$(cd "$1" && pwd)
output=$2

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Debian's libsrtp2 encrypts with NSS, which costs the worker 1.6 times as much for each packet as OpenSSL does.
# So it is built from Debian's own source; where that cannot be had, the packaged library serves.
build_srtp() (
  set -e
  cd "$work"
  mkdir -p lists/partial archives/partial sources srtp
  cat /etc/apt/sources.list.d/*.sources 2>/dev/null | sed 's/^Types:.*/Types: deb-src/' >sources/src.sources
  grep -hs '^deb ' /etc/apt/sources.list | sed 's/^deb /deb-src /' >sources/src.list || true
  options=(
    -o "Dir::Etc::SourceList=$work/sources/src.list" -o "Dir::Etc::SourceParts=$work/sources"
    -o "Dir::State::Lists=$work/lists" -o "Dir::Cache=$work"
  )
  apt-get "${options[@]}" update -q
  apt-get "${options[@]}" source -q --download-only libsrtp2
  tar xf libsrtp2_*.orig.tar.* --strip-components=1 -C srtp
  meson setup --prefix "$work/prefix" --libdir lib --buildtype release --default-library static \
    -Dcrypto-library=openssl -Dtests=disabled srtp/build srtp
  ninja -C srtp/build install
)
if (build_srtp) >"$work/srtp.log" 2>&1; then
  export PKG_CONFIG_PATH=$work/prefix/lib/pkgconfig
else
  echo "libsrtp2 with OpenSSL could not be built; the packaged one serves"
fi

cp -r "$package/worker" "$work/worker"
cd "$work/worker"
rm -rf out

# Each wrap file names the folder that it would download; ours goes there in its place.
for ours in "$here"/subprojects/*/; do
  name=$(basename "$ours")
  wrap=subprojects/$name.wrap
  [ -e "$wrap" ] || wrap=subprojects/${name//_/-}.wrap
  cp -r "$ours" "subprojects/$(sed -n 's/^directory = //p' "$wrap")"
done

# Debian 12 has meson 1.0.1, which configures this build as well.
sed -i "s/meson_version: '>= 1.1.0'/meson_version: '>= 1.0.0'/" meson.build
# The BIO callback answers 1 to every BIO_ctrl. An OpenSSL built with kernel TLS, as Debian's is, then takes the BIO for
# a kernel TLS socket, makes no write buffer, and crashes at the first handshake.
sed -i 's/(operationType == BIO_CB_RETURN)/((operationType \& BIO_CB_RETURN) != 0)/' src/RTC/DtlsTransport.cpp

meson setup --buildtype release -Db_ndebug=true build
ninja -C build mediasoup-worker
strip build/mediasoup-worker
mkdir -p "$(dirname "$output")"
cp build/mediasoup-worker "$output"
