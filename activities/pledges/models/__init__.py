"""The tables of households and pledges."""

from activities.pledges.models.households import Household, IdNumber, ResidenceStatus
from activities.pledges.models.pledges import Campaign, CampaignDenominator, Pledge, PledgeTemplate

__all__ = [
    "Campaign",
    "CampaignDenominator",
    "Household",
    "IdNumber",
    "Pledge",
    "PledgeTemplate",
    "ResidenceStatus",
]
