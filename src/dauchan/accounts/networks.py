"""From which network a request comes, as far as budgets care."""

from ipaddress import ip_address, ip_network

from django.http import HttpRequest


def network_of(request: HttpRequest) -> str:
    """The network that a request comes from: of IPv4 the first 24 bits, of IPv6 the first 48."""
    try:
        address = ip_address(request.META.get("REMOTE_ADDR", ""))
    except ValueError:
        return "unknown"
    return str(ip_network((address, 24 if address.version == 4 else 48), strict=False))
