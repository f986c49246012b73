"""What in one OpenAPI document breaks clients of another: the promise of `/v1`, as a comparison."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

Json = dict[str, Any]
_METHODS = ("get", "put", "post", "delete", "patch")
# Bounds of what is sent may only widen: which way that is, by keyword.
_UPPER, _LOWER = ("maxLength", "maximum", "maxItems"), ("minLength", "minimum", "minItems")


def broken(old: Json, new: Json) -> list[str]:
    """Every way in which clients of the old document would fail with the new one; none if things were only added."""
    return list(_Comparison(old, new).all())


class _Comparison:
    def __init__(self, old: Json, new: Json) -> None:
        self.old, self.new = old, new
        self.seen: set[tuple[str, str, bool]] = set()

    def all(self) -> Iterator[str]:
        for path, item in self.old["paths"].items():
            for method in _METHODS:
                if method in item:
                    yield from self.operation(f"{method.upper()} {path}", item[method], path, method)
        codes = _codes(self.old) - _codes(self.new)
        yield from (f"problem {code}: gone" for code in sorted(codes))

    def operation(self, name: str, old: Json, path: str, method: str) -> Iterator[str]:
        new = self.new["paths"].get(path, {}).get(method)
        if new is None:
            yield f"{name}: gone"
            return
        if old["operationId"] != new["operationId"]:
            yield f"{name}: operationId {old['operationId']} became {new['operationId']}"
        if new.get("security") and not old.get("security"):
            yield f"{name}: needs a session now"
        yield from self.parameters(name, old.get("parameters", []), new.get("parameters", []))
        if "requestBody" in new:
            yield from self.body(f"{name} request", old.get("requestBody"), new["requestBody"])
        for status, answer in old["responses"].items():
            if status not in new["responses"]:
                if status < "400":
                    yield f"{name}: {status} gone"
                continue
            contents = (self.at(self.old, answer), self.at(self.new, new["responses"][status]))
            yield from self.contents(f"{name} {status}", *contents, sent=False)

    def parameters(self, name: str, old: list[Json], new: list[Json]) -> Iterator[str]:
        before = {(each["in"], each["name"]): each for each in old}
        after = {(each["in"], each["name"]): each for each in new}
        for key, parameter in before.items():
            if key not in after:
                yield f"{name} ?{key[1]}: gone"
            else:
                yield from self.schema(f"{name} ?{key[1]}", parameter["schema"], after[key]["schema"], sent=True)
        for key, parameter in after.items():
            if parameter.get("required") and not before.get(key, {}).get("required"):
                yield f"{name} ?{key[1]}: required now"

    def body(self, name: str, old: Json | None, new: Json) -> Iterator[str]:
        if new.get("required") and not (old or {}).get("required"):
            yield f"{name}: required now"
        if old is not None:
            yield from self.contents(name, old, new, sent=True)

    def contents(self, name: str, old: Json, new: Json, *, sent: bool) -> Iterator[str]:
        for media_type, content in old.get("content", {}).items():
            if media_type not in new.get("content", {}):
                yield f"{name} {media_type}: gone"
            else:
                yield from self.schema(name, content["schema"], new["content"][media_type]["schema"], sent=sent)

    def schema(self, name: str, old: Json, new: Json, *, sent: bool) -> Iterator[str]:
        refs = (old.get("$ref", ""), new.get("$ref", ""), sent)
        if refs[0]:
            if refs in self.seen:
                return
            self.seen.add(refs)
        old, new = self.at(self.old, old), self.at(self.new, new)
        if _types(old) - _types(new) if sent else _types(new) - _types(old):
            yield f"{name}: {'/'.join(sorted(_types(old)))} became {'/'.join(sorted(_types(new)))}"
        if "enum" in old or (sent and "enum" in new):
            gone = set(map(str, old.get("enum", ["any"]))) - set(map(str, new.get("enum", old.get("enum", []))))
            yield from (f"{name}: value {value} gone" for value in sorted(gone))
        if sent:
            yield from _narrowed(name, old, new)
        yield from self.members(name, old, new, sent=sent)
        if "items" in old and "items" in new:
            yield from self.schema(f"{name}[]", old["items"], new["items"], sent=sent)
        if isinstance(old.get("additionalProperties"), dict) and isinstance(new.get("additionalProperties"), dict):
            yield from self.schema(f"{name}.*", old["additionalProperties"], new["additionalProperties"], sent=sent)

    def members(self, name: str, old: Json, new: Json, *, sent: bool) -> Iterator[str]:
        after = new.get("properties", {})
        for field, member in old.get("properties", {}).items():
            if field in after:
                yield from self.schema(f"{name}.{field}", member, after[field], sent=sent)
            elif not (sent and member.get("readOnly")):
                yield f"{name}.{field}: gone"
        before, now = set(old.get("required", ())), set(new.get("required", ()))
        if sent:
            yield from (f"{name}.{field}: required now" for field in sorted(now - before))
        else:
            yield from (f"{name}.{field}: optional now" for field in sorted((before - now) & set(after)))

    def at(self, document: Json, value: Json) -> Json:
        """What a reference leads to; of `null` or something, the something."""
        while "$ref" in value or "allOf" in value or "oneOf" in value:
            if "$ref" in value:
                found: Any = document
                for part in value["$ref"].removeprefix("#/").split("/"):
                    found = found[part]
                value = found
                continue
            choices = value.get("oneOf") or value["allOf"]
            some = [each for each in choices if each.get("type") != "null" and each]
            if len(some) != 1:
                return value
            value = some[0]
        return value


def _types(schema: Json) -> set[str]:
    kinds = schema.get("type")
    # An integer is a number; null beside something is what `oneOf` says too, and `at` leaves out.
    return {kinds} - {"null"} if isinstance(kinds, str) else set(kinds or ()) - {"null"}


def _narrowed(name: str, old: Json, new: Json) -> Iterator[str]:
    for bound in (*_UPPER, *_LOWER):
        if bound not in new:
            continue
        narrower = bound not in old or (new[bound] < old[bound] if bound in _UPPER else new[bound] > old[bound])
        if narrower:
            yield f"{name}: {bound} {old.get(bound, 'none')} became {new[bound]}"


def _codes(document: Json) -> set[str]:
    items = document["paths"].values()
    return {code for item in items for method in _METHODS for code in item.get(method, {}).get("x-problems", ())}
