"""What must be true of a household as a whole, and what it is found by."""

from collections.abc import Sequence

from activities.pledges.models import ResidenceStatus
from api.actors import Actor
from api.postgres import ask
from api.problems import FieldError
from api.records import Known, Wire
from api.sync.store import id_array
from api.text import fold


def consult(_: Actor, households: Sequence[Wire]) -> Known:
    """Which of the areas are hamlets."""
    areas = {household["area_id"] for household in households}
    found = ask("SELECT id FROM area WHERE id = ANY(%s::uuid[]) AND level = 'hamlet'", [id_array(areas)])
    return {"hamlets": {str(area_id) for (area_id,) in found}}


def faults(household: Wire, known: Known) -> list[FieldError]:
    """A household lives in a hamlet; who moved away did so on some day, and not before having moved in."""
    found = [] if household["area_id"] in known["hamlets"] else [FieldError("/area_id", "not_a_hamlet")]
    since, until = household["resident_from"], household["resident_until"]
    if until is None and household["residence_status"] == ResidenceStatus.MOVED_AWAY:
        found.append(FieldError("/resident_until", "moved_out_missing"))
    if until is not None and since is not None and until < since:
        found.append(FieldError("/resident_until", "moved_out_before_in"))
    return found


def search_columns(household: Wire) -> Wire:
    """What a household is searched and compared by."""
    # Blanks that nobody sees must hide no double.
    house, householder = (" ".join(fold(household[name] or "").split()) for name in ("house_number", "householder"))
    return {"text_fold": f"{house}\n{householder}", "house_fold": house, "householder_fold": householder}
