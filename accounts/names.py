"""Names of people: how they are kept, searched by and sorted.

Vietnamese lists go by the given name, which comes last (`Nguyễn Thị Lan` under L), then by family and middle names.
"""

from api.text import fold, nfc, sort_key


def name_columns(full_name: str) -> dict[str, str]:
    """The columns of an account that follow from a name."""
    name = " ".join(nfc(full_name).split())
    return {"full_name": name, "name_fold": fold(name), "name_sort": name_sort(name)}


def name_sort(full_name: str) -> str:
    """The collation key: the given name with its tones first, so that `Hà` and `Hạ` don't mix."""
    *before, given = full_name.split() or [""]
    return f"{sort_key(given)} {sort_key(' '.join(before))}"
