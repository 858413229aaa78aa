"""One row of the route table: who may use a route, and what kind of data it can show."""

from dataclasses import dataclass

PUBLIC = "public"
SIGNED_IN = "signed-in"
CITIZEN = "citizen"
CREDENTIAL = "credential:"

SAFE = ("GET", "HEAD", "OPTIONS")
PAGE = SAFE
FORM = (*SAFE, "POST")
ACT = ("POST",)


@dataclass(frozen=True)
class Route:
    """One row: a route, its methods, who may use it.

    data_class  what it can show: none | identity | health | location | contact | pseudonym | officer | secret
    scope       the noun whose scope the view checks: none | self | unit | place | person | case | contact
    """

    name: str
    methods: tuple[str, ...]
    permission: str
    data_class: str = "none"
    scope: str = "none"
