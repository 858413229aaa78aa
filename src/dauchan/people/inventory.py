"""What this slice keeps about people, for how long and why."""

from dauchan.kernel.inventory import Table

_BASIS = "prevention of infectious diseases (Law 114/2025/QH15); personal data protection (Law 91/2025/QH15)"
_LASTING = "until the person is erased, or the registration ends"

TABLES = (
    Table(
        name="people_person",
        lifetime="the row stays as a tombstone after erasure; it then says nothing but that",
        purpose="a random id to which everything else refers",
        basis=_BASIS,
        columns={
            "id": "pseudonym",
            "created_at": "none",
            "provisional": "none",
            "residence_id": "location",
            "tombstoned_at": "none",
        },
    ),
    Table(
        name="people_identity",
        lifetime=_LASTING,
        purpose="calling and finding contacts; sealed under the person's own key",
        basis=_BASIS,
        columns={"person_id": "pseudonym", "sealed": "identity"},
    ),
    Table(
        name="people_blind_index",
        lifetime=_LASTING,
        purpose="finding a person by exact phone, document or reference; keyed hashes",
        basis=_BASIS,
        columns={"hash": "pseudonym", "person_id": "pseudonym", "kind": "none", "leads": "none"},
    ),
    Table(
        name="people_alias",
        lifetime="kept with the people it joins, also when undone",
        purpose="one human registered twice is traced as one",
        basis=_BASIS,
        columns={
            "id": "none",
            "alias_id": "pseudonym",
            "canonical_id": "pseudonym",
            "merged_at": "none",
            "merged_by_id": "officer",
            "undone_at": "none",
            "undone_by_id": "officer",
        },
    ),
    Table(
        name="people_pass",
        lifetime="kept so that an old code is never valid again",
        purpose="which codes a person carries, and which are revoked",
        basis=_BASIS,
        columns={
            "id": "none",
            "person_id": "pseudonym",
            "serial": "none",
            "issued_at": "none",
            "revoked_at": "none",
            "reason": "none",
        },
    ),
    Table(
        name="people_standing",
        lifetime=_LASTING,
        purpose="what a gate may know of a person, and until when; the reason is sealed",
        basis=_BASIS,
        columns={
            "id": "none",
            "person_id": "pseudonym",
            "standing": "health",
            "colour": "health",
            "action_vi": "health",
            "action_en": "health",
            "until": "health",
            "set_by_id": "officer",
            "set_at": "none",
            "sealed_reason": "health",
        },
    ),
    Table(
        name="keystore.person_key",
        lifetime="destroyed when the person is erased; not part of the main dump",
        purpose="people's own keys, wrapped by the keyring",
        basis=_BASIS,
        columns={"person_id": "pseudonym", "kek": "none", "wrapped": "secret"},
    ),
    Table(
        name="keystore.tombstone",
        lifetime="kept for good, so that no restored backup brings an erased person back",
        purpose="replaying erasures after a restore",
        basis=_BASIS,
        columns={"person_id": "pseudonym", "erased_at": "none"},
    ),
)
