"""Shifts in the contract tests: what their routes answer to whom."""

from __future__ import annotations

# The last answer in the order of the matrix's roles. The roster is the leader's; members write the rest of a shift.
TABLE = {
    "POST /v1/shifts": "401 403 201 403 403 403 403 404 404",
    "PUT /v1/shifts/{id}": "401 403 200 403 403 403 403 404 404",
    "DELETE /v1/shifts/{id}": "401 403 204 403 403 403 403 404 404",
}
