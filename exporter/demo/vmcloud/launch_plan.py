"""What the company goes through: who comes and leaves in which month, prices, and the size of everything else.

Numbers are per month of the calendar, the first entry being the month of the launch, and fixed for every seed, so that
each seed shows the same state. Amounts are in EUR.
"""

from __future__ import annotations

from collections.abc import Mapping
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Europe/Paris")
COMPLETE = 8
HORIZON = COMPLETE + 2
"""The last month for which customers are won: trials that run now end by then."""

B2C, SMB, ENTERPRISE = "B2C", "SMB", "enterprise"

WINS: Mapping[str, tuple[int, ...]] = {
    B2C: (7, 12, 18, 27, 35, 42, 40, 44, 45, 46),
    SMB: (3, 5, 8, 11, 15, 19, 18, 20, 21, 22),
    ENTERPRISE: (1, 1, 1, 2, 2, 3, 3, 3, 3, 3),
}
"""Customers who begin to pay, per tier."""

PRICES: Mapping[str, tuple[int, ...]] = {
    B2C: (9, 19, 29, 49),
    SMB: (89, 149, 249, 349),
    ENTERPRISE: (1290, 1790, 2490),
}
"""What new customers pay per month, in turn."""

FREE = (2, 4, 6, 8, 9, 10, 10, 10, 10, 10)
"""Customers who begin on the free plan."""

CHURN = 0.043
"""The share of the paying customers of a month's start who leave in it, rounded down. Enterprises stay."""

UPGRADES, DOWNGRADES = 0.07, 0.02
"""The shares of the business customers of a month's start who go on to pay half as much more, or less."""

CONVERSION = (0.31, 0.31, 0.29, 0.28, 0.25, 0.22, 0.19, 0.18, 0.18, 0.18)
"""The share of the trials that end in a month and become a paid plan."""

GPUS = (2, 4, 7, 10, 14, 18, 20, 22, 23, 23)
"""GPUs rented out at the end of the month."""

GPU_MODELS = ("gpu_t4", "gpu_a100", "gpu_4090", "gpu_t4", "gpu_a100")
"""Which ones, in turn."""

CAPACITY: Mapping[str, int] = {
    "vcpu": 3840,
    "ram": 15 * 10**12,
    "nvme": 100 * 10**12,
    "gpu_t4": 25,
    "gpu_4090": 20,
    "gpu_a100": 40,
}
PER_VM: Mapping[str, int] = {"vcpu": 5, "ram": 19 * 10**9, "nvme": 44 * 10**9}
"""What a virtual machine takes of each resource: cores, bytes, bytes."""

VMS: Mapping[str, tuple[int, ...]] = {B2C: (1,), SMB: (1, 2), ENTERPRISE: (4, 5, 6)}
"""How many virtual machines a customer runs."""

REQUESTS: Mapping[str, float] = {
    "0.025": 0.22,
    "0.05": 0.33,
    "0.1": 0.27,
    "0.25": 0.14,
    "0.5": 0.038,
    "1": 0.0016,
    "2.5": 0.0004,
}
"""The share of the API's answers in each class of duration, by its upper limit in seconds."""

ERRORS = 0.0013
"""The share of the answers of a class that fail."""

TICKETS = (20, 30, 40, 55, 70, 85, 95, 104, 112)
ABANDONED = 7
"""Support requests per month, and how many of them nobody solves."""

VISITORS = (900, 2500, 4800, 7000, 10_000, 12_500, 13_200, 14_100, 14_800)
CHANNELS: Mapping[str, float] = {"organic": 0.66, "paid": 0.18, "referral": 0.16}
LEADS_PER_VISITOR = 0.07

POSITIONS: Mapping[str, tuple[float, float]] = {
    "cloud gpu france": (24.0, 4.3),
    "vps pas cher": (48.0, 12.6),
    "hébergement gpu": (15.0, 2.4),
    "cloud ia france": (30.0, 6.2),
}
"""Per keyword the position in search results at the launch and at the end of the current month."""

SEED_ROUND = 420_000
MARKETING_PER_CUSTOMER = 350
OPERATING_COSTS = (25_000, 26_000, 28_000, 33_000, 38_000, 42_000, 45_000, 48_000, 49_000)
"""People, tools and rent, with sales and marketing, per month."""

PLATFORM_COSTS, COST_OF_REVENUE = 2500, 0.34
"""What running the platform costs per month, and on top of it the share of revenue."""

DEPRECIATION = 1800


def of_month(numbers: tuple[int, ...], month: int) -> int:
    """Return the number of a month, 1 for the first."""
    return numbers[month - 1]
