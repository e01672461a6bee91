#!/usr/bin/env python3
"""Counts the data rows of every feed defined here, independently of ipmint's parsers.

    python3 tests/corpus/count.py ../shared/corpus > tests/corpus/COUNTS.csv

What a row is:

list, geofeed   a line that is neither blank nor a comment (# or ;)
csv, tsv        a record that is neither blank, a comment nor the header; a quoted field
                may hold line ends in csv, in tsv a quote is text
json            an element that `select` reaches, once for each network it holds
ndjson          a line, once for each network it holds; metadata lines are rows too
rir             a record, of AS numbers too; the version line and summaries are none
tor-exits       an ExitAddress line
onionoo         an address of a relay
pfx2as          a line that is neither blank nor a comment
pattern         a line that an expression with a group for its subject matches, once for each
                network of a list; a line that none matches, unless it is blank or a comment
rpsl            lines without a blank one between them, unless all are comments
mrt             a prefix: a record of TABLE_DUMP_V2, records in a row of TABLE_DUMP
mmdb            a network with a record, those of IPv4's aliases but once; of keys a record

A line ends with LF, CRLF or, in a file without any LF, CR. Rows that cannot be read and rows
without a value are rows. Everything but zstd is in Python's own library.
"""

import bz2
import csv
import gzip
import io
import json
import lzma
import pathlib
import re
import struct
import sys
import tarfile
import tomllib
import zipfile

csv.field_size_limit(1 << 30)


def unpack(data):
    """Undoes compression, by magic, until none is left."""
    while True:
        if data[:2] == b"\x1f\x8b":
            data = gzip.decompress(data)
        elif data[:4] == b"\x28\xb5\x2f\xfd":
            import zstandard  # pip install zstandard

            data = zstandard.ZstdDecompressor().decompressobj().decompress(data)
        elif data[:3] == b"BZh":
            data = bz2.decompress(data)
        elif data[:6] == b"\xfd7zXZ\x00":
            data = lzma.decompress(data)
        else:
            return data


def glob(pattern):
    """A regular expression: `*` stands for anything but a slash."""
    return re.compile("([^/]*)".join(re.escape(part) for part in pattern.split("*")) + r"\Z")


def documents(data, members):
    """Yields the texts of a file: itself, or the members of an archive that are asked for."""
    data = unpack(data)
    globs = [glob(member) for member in members]
    wanted = lambda name: not globs or any(one.match(name) for one in globs)
    if data[257:262] == b"ustar":
        with tarfile.open(fileobj=io.BytesIO(data)) as archive:
            for info in archive:
                if info.isfile() and wanted(info.name):
                    yield unpack(archive.extractfile(info).read())
    elif data[:4] == b"PK\x03\x04":
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for name in archive.namelist():
                if not name.endswith("/") and wanted(name):
                    yield unpack(archive.read(name))
    else:
        yield data


def lines(data):
    """Yields lines without their ends."""
    data = data.removeprefix(b"\xef\xbb\xbf")
    end = b"\n" if b"\n" in data else b"\r"
    for line in data.split(end):
        yield line.decode("utf-8", "replace").removesuffix("\r")


def is_data(line):
    line = line.strip(" \t\r\n\v\f")
    return bool(line) and line[0] not in "#;"


def line_rows(data, _feed):
    return [line.strip() for line in lines(data) if is_data(line)]


def csv_rows(data, feed):
    rows, at_start = [], True

    def source():
        nonlocal at_start
        for line in lines(data):
            if at_start and not is_data(line):
                continue
            at_start = False
            yield line + "\n"

    reader = csv.reader(source())
    while True:
        at_start = True
        row = next(reader, None)
        if row is None:
            return rows[1:] if feed.get("header") else rows
        rows.append(row)


def tsv_rows(data, feed):
    rows = [line.split("\t") for line in lines(data) if is_data(line)]
    return rows[1:] if feed.get("header") else rows


def selected(value, path):
    """Yields what a path such as a.b[*].c reaches."""
    if not path:
        yield value
        return
    step, rest = path[0], path[1:]
    if step == "[*]":
        below = value if isinstance(value, list) else []
    elif step == "*":
        below = value.values() if isinstance(value, dict) else []
    else:
        below = [value[step]] if isinstance(value, dict) and step in value else []
    for one in below:
        yield from selected(one, rest)


def steps(path):
    return [step for step in re.findall(r"\[\*\]|[^.\[\]]+", path)]


def networks(element, feed):
    """The cells of an element that say what it is about; one empty cell if there are none."""
    if not isinstance(element, dict):
        return [element]
    key = {"asn": "asn", "country": "country"}.get(feed["kind"], "network")
    cells = feed["columns"][key]
    for cell in cells if isinstance(cells, list) else [cells]:
        for found in selected(element, cell.split(".")):
            if found is not None:
                return found if isinstance(found, list) else [found]
    return [None]


def json_rows(data, feed):
    document = json.loads(data)
    paths = feed.get("select", [])
    paths = paths if isinstance(paths, list) else [paths]
    elements = [e for path in paths for e in selected(document, steps(path))]
    return [cell for element in elements for cell in networks(element, feed)]


def ndjson_rows(data, feed):
    return [cell for line in lines(data) if is_data(line) for cell in networks(json.loads(line), feed)]


def rir_rows(data, _feed):
    rows = [line.split("|") for line in lines(data) if is_data(line)]
    return [r for r in rows if not r[0][:1].isdigit() and r[-1] != "summary"]


def tor_rows(data, _feed):
    return [line.split()[1] for line in lines(data) if line.startswith("ExitAddress ")]


def onionoo_rows(data, _feed):
    keys = ("or_addresses", "exit_addresses")
    return [a for relay in json.loads(data)["relays"] for key in keys for a in relay.get(key, [])]


def pattern_rows(data, feed):
    patterns = feed["pattern"]
    patterns = [patterns] if isinstance(patterns, str) else patterns
    patterns = [re.compile(text.replace("(?<", "(?P<"), re.ASCII) for text in patterns]
    subject = {"asn": "asn", "country": "country"}.get(feed["kind"], "network")
    rows = []
    for line in lines(data):
        line = line.strip(" \t\r")
        found = next((found for found in (one.search(line) for one in patterns) if found), None)
        if found and subject in found.re.groupindex:
            rows.extend(found[subject].strip("[]").split(","))
        elif not found and is_data(line) and not line.startswith("//"):
            rows.append(line)
    return rows


def rpsl_rows(data, _feed):
    rows, is_open = [], False
    for line in lines(data):
        if line[:1] not in ("#", "%"):
            if line.strip() and not is_open:
                rows.append(line)
            is_open = bool(line.strip())
    return rows


def mrt_rows(data, _feed):
    rows, at, before = [], 0, None
    while at + 12 <= len(data):
        kind, subtype, length = struct.unpack_from(">HHI", data, at + 4)
        content, at = data[at + 12 : at + 12 + length], at + 12 + length
        if kind == 12:
            prefix = content[4 : 4 + (5 if subtype == 1 else 17)]
            rows.extend([] if prefix == before else [prefix])
            before = prefix
        elif (kind, subtype) not in [(13, 1), (13, 7)]:
            rows.append(content)
            before = None
    return rows


def mmdb_rows(data, feed):
    """Walks the tree; what it needs of the metadata are two integers after their names."""
    metadata = data[data.rindex(b"\xab\xcd\xefMaxMind.com") + 14 :]

    def number(name):
        at = metadata.index(name) + len(name)
        assert metadata[at] >> 5 in (5, 6)
        return int.from_bytes(metadata[at + 1 : at + 1 + (metadata[at] & 31)], "big")

    n_nodes, bits = number(b"node_count"), number(b"record_size")
    size, rows, entered, stack = bits // 4, [], set(), [0]
    while stack:
        record = stack.pop()
        if record > n_nodes:
            rows.append(record)
        elif record < n_nodes and record not in entered:
            entered.add(record)
            node = int.from_bytes(data[record * size : (record + 1) * size], "big")
            if bits == 28:  # The middle byte holds the high bits of both.
                left, middle, right = node >> 32, node >> 24 & 0xFF, node & 0xFFFFFF
                stack += [left | middle >> 4 << 24, right | (middle & 15) << 24]
            else:
                stack += [node >> bits, node & (1 << bits) - 1]
    return rows if feed["kind"] in ("membership", "assignment") else set(rows)


READERS = {
    "list": line_rows,
    "geofeed": line_rows,
    "csv": csv_rows,
    "tsv": tsv_rows,
    "json": json_rows,
    "ndjson": ndjson_rows,
    "rir": rir_rows,
    "tor-exits": tor_rows,
    "onionoo": onionoo_rows,
    "pfx2as": line_rows,
    "pattern": pattern_rows,
    "rpsl": rpsl_rows,
    "mrt": mrt_rows,
    "mmdb": mmdb_rows,
}


def rows(feed, root):
    """Every row of a feed, as its reader yields it."""
    members = feed.get("member", [])
    members = members if isinstance(members, list) else [members]
    data = (root / feed["path"]).read_bytes()
    return [row for text in documents(data, members) for row in READERS[feed["format"]](text, feed)]


def main():
    root = pathlib.Path(sys.argv[1])
    here = pathlib.Path(__file__).parent
    out = csv.writer(sys.stdout, lineterminator="\n")
    out.writerow(["id", "rows"])
    for file in sorted(here.glob("*/*.toml"), key=lambda file: file.stem):
        feed = tomllib.loads(file.read_text("utf-8"))
        out.writerow([file.stem, len(rows(feed, root))])


if __name__ == "__main__":
    main()
