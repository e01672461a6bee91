#!/bin/sh
# Packs what lies in packed/ into the files that the definitions name. The same bytes each time.
set -eu
cd "$(dirname "$0")/packed"
export TZ=UTC
find . -exec touch -d 2026-11-20T00:00:00Z {} +
gzip  -9nc exits-v6.txt     > ../tor/exits-v6.txt.gz
zstd  -19qfo ../tor/relays.json.zst relays.json
bzip2 -9c  vpn-networks.txt > ../vpn/vpn-networks.txt.bz2
xz    -9c  servers.json     > ../vpn/servers.json.xz
gzip  -9nc ip2asn.tsv       > ../asn/ip2asn.tsv.gz
rm -f ../proxy/public-b.zip
zip   -9Xq ../proxy/public-b.zip note.txt public-b.csv
tar --format=ustar --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner --mode=u=rw,go=r,a+X -cf - bots | gzip -9n > ../bot/bots.tar.gz
