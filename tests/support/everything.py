"""One of everything that has a page: what fills the addresses of the route table, and who may open them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from allauth.mfa.models import Authenticator
from cryptography.hazmat.primitives.asymmetric import ec
from django.test import Client
from fido2.cose import ES256
from fido2.utils import sha256
from fido2.webauthn import (
    Aaguid,
    AttestationObject,
    AttestedCredentialData,
    AuthenticatorAttestationResponse,
    AuthenticatorData,
    CollectedClientData,
    RegistrationResponse,
)
from playwright.sync_api import Browser, Page
from support.citizens import code_sent_to
from support.directing import draft_of_here, ladder_of_here, sent_of_here
from support.officers import PASSWORD, browser, officer_with, signed_in
from support.registers import uploaded
from support.routes import addresses
from support.scene import (
    Scene,
    agency_of_here,
    figures_of_here,
    hand_over_of_here,
    hold_of_here,
    inspection_of_here,
    person_of_here,
    place_of_here,
    register_of_here,
    report_of_here,
    two_communes,
    used_place_of_here,
)

from dauchan.accounts import rules
from dauchan.accounts.actions import Scope, grant_role
from dauchan.accounts.invitations import invite
from dauchan.accounts.models import Officer
from dauchan.accounts.try_out import try_out_link
from dauchan.agencies.inviting import draft
from dauchan.agencies.listing import keep
from dauchan.gates.actions import join, offer_device
from dauchan.guides import queries as guides
from dauchan.guides.actions import add_file, save_draft
from dauchan.kernel import clock
from dauchan.owners.actions import hand_over
from dauchan.people.actions import issue_pass, register_person
from dauchan.people.models import Care, MergeProposal
from dauchan.people.queries import by_handle, find_by_phone
from dauchan.people.rules import Identity
from dauchan.places import importing, posters
from dauchan.places.models import Category, Place, Point
from dauchan.registers.models import Register
from dauchan.units.models import Agency, Unit
from dauchan.web.route import CITIZEN, PUBLIC, Route

OWNER_PHONE, CARER_PHONE = "0912700001", "0912700002"
ADDRESSES = {address.name: address for address in addresses()}
FLAGS = AuthenticatorData.FLAG.UP | AuthenticatorData.FLAG.UV | AuthenticatorData.FLAG.AT
PHONE = {"width": 360, "height": 740}
UNTIL = timedelta(days=30)
OF_CARERS = ("citizens:household", "citizens:add-member", "citizens:member")
TOLD = dict.fromkeys(("document", "old_document", "insurance", "birth", "sex", "address", "residence_text"), "")


@dataclass(frozen=True)
class Everything:
    """The blanks of addresses by slice, and who opens them."""

    blanks: dict[str, dict[str, Any]]
    clients: dict[str, Client]
    point: Point
    officer: Officer

    def path(self, route: Route) -> str:
        """The address of a route with one of what it is about."""
        slice_name = route.name.partition(":")[0]
        blanks = self.blanks.get(route.name, self.blanks.get(slice_name, {}))
        return ADDRESSES[route.name].path(blanks.__getitem__)

    @contextmanager
    def phones(self, chromium: Browser, server: str, language: str) -> Iterator[dict[str, Page]]:
        """A page on a phone of its own for each of the clients, signed in as that is."""
        contexts = {}
        for who, client in self.clients.items():
            contexts[who] = chromium.new_context(viewport=PHONE, locale=language, base_url=server)
            kept = [{"name": name, "value": each.value, "url": server} for name, each in client.cookies.items()]
            contexts[who].add_cookies(kept)
        yield {who: context.new_page() for who, context in contexts.items()}
        for context in contexts.values():
            context.close()


def who_opens(route: Route) -> str:
    """Which of the browsers may open it."""
    if route.name in ("mfa_activate_totp", "mfa_authenticate"):
        return {"mfa_activate_totp": "newcomer", "mfa_authenticate": "half-way"}[route.name]
    if route.name in OF_CARERS:
        return "carer"
    return {PUBLIC: "visitor", CITIZEN: "owner"}.get(route.permission, "officer")


def one_of_everything() -> Everything:
    scene, now = two_communes(), clock.now()
    officer = _officer_of_all_roles()
    place = Place.objects.get(pk=place_of_here(scene)["place_id"])
    point = Point.objects.select_related("place").get(place=place)
    owner = _citizen(OWNER_PHONE)
    own_place = _registers(owner, scene.here)
    (owner_id,) = find_by_phone(OWNER_PHONE)
    hand_over(own_place, now - timedelta(hours=2), now - timedelta(hours=1), "khách sốt", by=owner_id, now=now)
    for each in (place, own_place):
        _code = offer_device(each, "Cổng trước", until=now + UNTIL, takes_paper=True, by=officer, now=now)[1]
        join(_code, "Tư", network="test", now=now)
    case = hold_of_here(scene)
    carer, member = _carer(scene.here)
    person = person_of_here(scene)
    issue_pass(by_handle(person["handle"]), by=officer, now=now)
    one, other = (register_person(Identity(name="Mẫu"), scene.here.pk, by=officer, now=now) for _ in range(2))
    MergeProposal.objects.create(alias=one, canonical=other, kind="cccd", made_at=now)
    owner.post("/toi/yeu-cau", {"kind": "correct", "words": "Sai tên đường"})
    blanks = {
        "accounts": {
            "officer_id": officer_with("investigator", Scope("unit", str(scene.here.pk))).pk,
            "token": invite("moi@dauchan.test", "auditor", Scope("all"), by=officer, now=now).rpartition("/")[2],
        },
        "people": person,
        "places": {"place_id": place.pk, "run_id": _import(officer)},
        "gates": {"place_id": place.pk},
        "owners": {"place_id": own_place.pk},
        "citizens": {"code": posters.code_text(point), "number": member},
        "visits": {"place_id": place.pk},
        "tracing": case,
        "agencies": _of_agencies(scene, officer) | {"place_id": own_place.pk},
        "directives": ladder_of_here(scene) | sent_of_here(scene),
        "directives:edit": draft_of_here(scene),
        "units": {"code": scene.here.code},
        "coverage": figures_of_here(scene) | used_place_of_here(scene),
        "inspections": inspection_of_here(scene),
        "registers": _register(scene, officer),
        "reports": report_of_here(scene),
        "guides": _guide(officer),
        "try-out": {"token": try_out_link(officer, now=now)},
        "mfa_remove_webauthn": {"pk": _passkey(officer)},
    }
    clients = {"visitor": browser(), "owner": owner, "carer": carer, "officer": _just_signed_in(officer)}
    clients |= {"newcomer": _just_signed_in(_newcomer()), "half-way": _half_way(officer)}
    return Everything(blanks, clients, point, officer)


def _of_agencies(scene: Scene, officer: Officer) -> dict[str, Any]:
    """An agency with a named officer, a receipt, a list of agencies and one of invitations."""
    now, one = clock.now(), agency_of_here(scene)
    text = "Tên cơ quan,Loại,Đơn vị hành chính\nTrường Mẫu,public_service,24611\nTrường Sai,không,24611\n"
    name = Agency.objects.get(pk=one["agency_id"]).name
    guests = f"Họ và tên,Cơ quan,Vai trò,Điện thoại\nHồ Thị Mẫu,{name},Cán bộ đầu mối,0912345670\nSai,,,\n"
    told = {"file_name": "moi.csv", "letters": False, "base_url": "https://dauchan.test", "by": officer, "now": now}
    return {
        **one,
        **hand_over_of_here(scene),
        "file_id": keep(text.encode(), file_name="co-quan.csv", by=officer, now=now).pk,
        "batch_id": draft(guests.encode(), **told).pk,
    }


def _officer_of_all_roles() -> Officer:
    officer = officer_with("administrator", password=PASSWORD)
    for role in sorted(rules.ROLES.keys() - {"administrator"}):
        grant_role(officer, role, Scope("all"), by=None, now=clock.now())
    return officer


def _newcomer() -> Officer:
    return officer_with("investigator", password=PASSWORD, second_factor=False)


def _just_signed_in(officer: Officer) -> Client:
    """A session whose password was asked for a moment ago, so that pages of secrets open."""
    client = signed_in(officer)
    client.post("/tai-khoan/xac-nhan/mat-khau", {"password": PASSWORD})
    return client


def _half_way(officer: Officer) -> Client:
    """The password was right and the second factor is still to come."""
    client = browser()
    client.post("/dang-nhap", {"login": officer.email, "password": PASSWORD})
    return client


def _citizen(phone: str) -> Client:
    client = browser()
    client.post("/vao", {"phone": phone})
    assert client.post("/vao", {"phone": phone, "code": code_sent_to(phone)}).status_code == 302
    return client


def _registers(owner: Client, here: Unit) -> Place:
    given = dict.fromkeys(("opening_hours", "capacity", "latitude", "longitude"), "")
    given |= {"category": str(Category.objects.get(code="market").pk), "unit": str(here.pk), "unit_text": str(here)}
    owner.post("/cua-toi/dia-diem/them", given | {"name": "Quán Cơm Tư", "address": "1 Lê Lợi"})
    return Place.objects.get(name="Quán Cơm Tư")


def _carer(here: Unit) -> tuple[Client, int]:
    """Somebody who has said who they are, and the number of a child in their care."""
    carer = _citizen(CARER_PHONE)
    carer.post("/toi/danh-tinh", TOLD | {"name": "Lê Thị Mẫu", "residence": str(here.pk)})
    carer.post("/toi/nguoi-nha/them", TOLD | {"name": "Lê Bé Mẫu", "birth": "2016"})
    return carer, Care.objects.get(carer__in=find_by_phone(CARER_PHONE)).pk


def _register(scene: Scene, officer: Officer) -> dict[str, Any]:
    """A register with an entry that waits, and a list on its way in."""
    made = register_of_here(scene)
    register = Register.objects.get(pk=made["register_id"])
    return made | {"run_id": uploaded(register, "1,Quán,chợ,24611,,,,,,\n", by=officer).pk}


def _import(officer: Officer) -> int:
    content = "Tên,Loại,Xã\nQuán Một,Chợ,24611\n".encode()
    return int(importing.upload(content, file_name="dia-diem.csv", by=officer, now=clock.now()).pk)


def _guide(officer: Officer) -> dict[str, Any]:
    """A guide with a draft, beside which stands a document."""
    slug, now = "truong-hoc", clock.now()
    content = guides.content_of(guides.public_version(guides.guide_named(slug)))
    save_draft(slug, content, seen=None, by=officer, now=now)
    add_file(slug, "Công văn", b"%PDF-1.4\n%%EOF\n", by=officer, now=now)
    return {"slug": slug, "number": 1, "language": "vi"}


def _passkey(officer: Officer) -> int:
    """A passkey as a browser would have registered it."""
    key = ES256.from_cryptography_key(ec.generate_private_key(ec.SECP256R1()).public_key())
    credential = AttestedCredentialData.create(Aaguid.NONE, b"passkey", key)
    seen = AuthenticatorData.create(sha256(b"localhost"), FLAGS, 1, credential)
    said = CollectedClientData.create(type="webauthn.create", challenge=b"c" * 32, origin="https://localhost")
    shown = AttestationObject.create("none", seen, {})
    answer = AuthenticatorAttestationResponse(client_data=said, attestation_object=shown)
    made = RegistrationResponse(raw_id=b"passkey", response=answer)
    stored = {"name": "Điện thoại", "credential": dict(made)}
    return int(Authenticator.objects.create(user=officer, type="webauthn", data=stored).pk)
