"""Which IP addresses a server may connect to on behalf of a stranger: those of the public internet only."""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

# Addresses that stand for an IPv4 address, and where in their 128 bits it begins.
_MAPPED = IPv6Network("::ffff:0:0/96")  # RFC 4291
_NAT64 = IPv6Network("64:ff9b::/96")  # RFC 6052; what names resolve to behind a NAT64, so it must work

# The only block of IPv6 from which public unicast addresses are given out. It leaves out, among others, IPv4-compatible
# (::/96), NAT64 for local use (64:ff9b:1::/48), unique local, link-local and site-local addresses.
_UNICAST = IPv6Network("2000::/3")

# Special blocks that one or another version of Python's `is_global` calls public. 6to4 (RFC 7526) and Teredo wrap
# addresses too, but are given up: no picture is served from there, so they are refused without looking inside.
_REFUSED_V4 = tuple(map(IPv4Network, ("192.0.0.0/24", "192.88.99.0/24")))
_REFUSED_V6 = tuple(map(IPv6Network, ("2001::/23", "2002::/16", "3fff::/20")))


def is_public(address: str) -> bool:
    """Return whether an IP address is one of the public internet, whichever way it is written or wrapped.

    Args:
        address: in the canonical text form of IPv4 or IPv6; a zone makes it not public.
    """
    try:
        parsed = ip_address(address)
    except ValueError:  # not an address, so not a public one
        return False
    if isinstance(parsed, IPv4Address):
        return _is_public_v4(parsed)
    if parsed in _MAPPED or parsed in _NAT64:
        return _is_public_v4(IPv4Address(int(parsed) & 0xFFFF_FFFF))
    return _is_public_v6(parsed)


def _is_public_v4(address: IPv4Address) -> bool:
    if address.is_multicast or address.is_reserved or any(address in network for network in _REFUSED_V4):
        return False
    return address.is_global


def _is_public_v6(address: IPv6Address) -> bool:
    if address.scope_id is not None or address not in _UNICAST or any(address in network for network in _REFUSED_V6):
        return False
    return address.is_global
