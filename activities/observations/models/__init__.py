"""The tables of observations and of alerts."""

from activities.observations.models.alerts import LAST_LEVEL, Alert, AlertKind, AlertStatus, AlertStep
from activities.observations.models.observations import Observation, ObservationKind, Severity

__all__ = ["LAST_LEVEL", "Alert", "AlertKind", "AlertStatus", "AlertStep", "Observation", "ObservationKind", "Severity"]
