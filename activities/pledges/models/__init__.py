"""The tables of households and pledges."""

from activities.pledges.models.households import Household, IdNumber, ResidenceStatus

__all__ = ["Household", "IdNumber", "ResidenceStatus"]
