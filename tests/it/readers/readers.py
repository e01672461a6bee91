"""Asks the Python readers of MMDB files; see readers.rs.

usage: readers.py c|python|geoip2 FILE.mmdb [METHOD]

Reads one address a line and prints one JSON object a line:
{"ip", "network", "record"}, with geoip2 also "model", or {"ip", "error"}.
Integers above 2^53 - 1 are decimal strings, bytes are lower-case hex.
"""

import ipaddress
import json
import sys

import maxminddb


def plain(value):
    """Returns the value with only what JSON can say exactly."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, (bytes, bytearray)):
        return value.hex()
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > 2**53 - 1:
        return str(value)
    return value


def network_of(address, prefix_length):
    if prefix_length < 0:
        # Nothing below ::/96: the network found is wider than IPv4.
        address, prefix_length = ipaddress.IPv6Address(0), 96 + prefix_length
    return str(ipaddress.ip_network((address, prefix_length), strict=False))


def raw(reader, address):
    record, prefix_length = reader.get_with_prefix_len(address)
    return {"network": network_of(address, prefix_length), "record": plain(record)}


def typed(reader, raw_reader, method, address):
    """Asks a method of geoip2, which first checks the database's type."""
    import geoip2.errors

    try:
        model = getattr(reader, method)(address)
    except geoip2.errors.AddressNotFoundError as error:
        return {"network": str(error.network), "record": None}
    # A country or a city keeps its network among its traits.
    network = model.traits.network if hasattr(model, "traits") else model.network
    return {
        "network": str(network),
        "record": raw(raw_reader, address)["record"],
        "model": plain(model.to_dict()),
    }


def asker(mode, path, method):
    if mode == "c":
        # Fails where the extension is missing, instead of falling back.
        reader = maxminddb.open_database(path, maxminddb.MODE_MMAP_EXT)
        return lambda address: raw(reader, address)
    if mode == "python":
        reader = maxminddb.open_database(path, maxminddb.MODE_MEMORY)
        return lambda address: raw(reader, address)
    if mode == "geoip2":
        import geoip2.database

        reader = geoip2.database.Reader(path)
        raw_reader = maxminddb.open_database(path)
        return lambda address: typed(reader, raw_reader, method, address)
    sys.exit(f"no mode `{mode}`; there are c, python, geoip2")


def main():
    ask = asker(sys.argv[1], sys.argv[2], sys.argv[3] if len(sys.argv) > 3 else None)
    for line in sys.stdin:
        text = line.strip()
        try:
            answer = ask(ipaddress.ip_address(text))
        except (TypeError, ValueError) as error:
            answer = {"error": str(error)}
        # Escaped, so that the answer does not depend on the locale.
        print(json.dumps({"ip": text, **answer}, allow_nan=False, default=str))


main()
