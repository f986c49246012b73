"""The tables of people and places."""

from accounts.models.areas import Area, AreaPast, AreaPlacement, AreaSuccession
from accounts.models.audit import AuditEvent, AuditHead, AuditSeal
from accounts.models.exports import Export, ExportPart
from accounts.models.imports import Import, ImportFile, ImportRow, ImportThing
from accounts.models.push import PushToken
from accounts.models.requests import Breach, DataRequest
from accounts.models.sessions import ActivationCode, LoginFailure, RecoveryCode, RefreshToken, SecondFactor, Session
from accounts.models.sheets import SheetPrint
from accounts.models.teams import Grant, Membership, Team
from accounts.models.users import User
from accounts.models.webhooks import Webhook

__all__ = [
    "ActivationCode",
    "Area",
    "AreaPast",
    "AreaPlacement",
    "AreaSuccession",
    "AuditEvent",
    "AuditHead",
    "AuditSeal",
    "Breach",
    "DataRequest",
    "Export",
    "ExportPart",
    "Grant",
    "Import",
    "ImportFile",
    "ImportRow",
    "ImportThing",
    "LoginFailure",
    "Membership",
    "PushToken",
    "RecoveryCode",
    "RefreshToken",
    "SecondFactor",
    "Session",
    "SheetPrint",
    "Team",
    "User",
    "Webhook",
]
