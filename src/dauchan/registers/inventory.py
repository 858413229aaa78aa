"""What is kept of places that should use the system: of premises and businesses, with the phone they are reached by."""

from dauchan.kernel.inventory import DataClass, Table

_WHILE = "as long as the register is followed; the whole of it goes when the register is removed"
_BASIS = "following up the use of check-in codes by public places (letters 1324/BTTTT-THH, 2242/UBND-KGVX of 2021)"


def _columns(names: str, **classed: DataClass) -> dict[str, DataClass]:
    return {**dict.fromkeys(names.split(), "none"), **classed}


TABLES = (
    Table(
        name="registers_register",
        lifetime=_WHILE,
        purpose="lists of places that should use the system: source, licence, date",
        basis=_BASIS,
        columns=_columns(
            "id name kind source licence credit listed_on unit_id agency_id made_at sort_key", made_by_id="officer"
        ),
    ),
    Table(
        name="registers_entry",
        lifetime=_WHILE,
        purpose="which premises should use the system, and which registered place each is",
        basis=_BASIS,
        columns=_columns(
            "id register_id line identity code name address latitude longitude category_id sector unit_id agency_id"
            " listed_from missing_since state state_from reason place_id matched_on same_as_id stands_alone best_score"
            " version search_key sort_key name_key address_key",
            phone="contact",
        ),
    ),
    Table(
        name="registers_candidate",
        lifetime="with its entry; made anew at every search, but for what a person rejected",
        purpose="registered places that an entry may be",
        basis=_BASIS,
        columns=_columns("id entry_id place_id score evidence rejected_by_id"),
    ),
    Table(
        name="registers_decision",
        lifetime=_WHILE,
        purpose="who said what of entries, so that it can be taken back",
        basis="accountability of officers",
        columns=_columns(
            "id register_id entry_id act reason at entries undone_at", by_id="officer", undone_by_id="officer"
        ),
    ),
    Table(
        name="registers_decisionitem",
        lifetime="with its decision",
        purpose="what an entry was before a decision",
        basis="accountability of officers",
        columns=_columns("id decision_id entry_id before version"),
    ),
    Table(
        name="registers_listrun",
        lifetime="30 days; the file itself, encrypted, until it is brought in, 24 hours at most",
        purpose="bringing lists in",
        basis=_BASIS,
        columns=_columns(
            "id file_name mapping mode state lines lines_done created matched updated failed started_at finished_at"
            " expires_at register_id listed_on gone",
            officer_id="officer",
            content="contact",
        ),
    ),
    Table(
        name="registers_listfault",
        lifetime="30 days, with its run",
        purpose="which lines of a list could not be taken, and why",
        basis=_BASIS,
        columns=_columns("id run_id line column", reason_vi="contact", reason_en="contact"),
    ),
    Table(
        name="registers_matchrun",
        lifetime="a week",
        purpose="how far a search for registered places is",
        basis="no personal data beyond who asked",
        columns=_columns("id register_id units units_done found started_at finished_at", by_id="officer"),
    ),
)
