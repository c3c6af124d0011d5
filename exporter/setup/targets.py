"""What record tables ask for, in the concepts of `vocabulary`, and the words that fill their closed sets."""

from __future__ import annotations

from collections.abc import Mapping

TABLE_CONCEPTS: Mapping[str, frozenset[str]] = {
    "ledger_entries": frozenset({"cost"}),
    "cash_balances": frozenset({"cash"}),
    "acquisition_costs": frozenset({"marketing"}),
    "headcount": frozenset({"person", "team"}),
    "signups": frozenset({"created"}),
}
"""What the name of a file says that fills the table, where the table's own name does not."""

COLUMN_CONCEPTS: Mapping[str, Mapping[str, frozenset[str]]] = {
    "subscription_items": {
        "unit_amount": frozenset({"amount"}),
        "starts_at": frozenset({"start", "created"}),
        "billing_interval": frozenset({"interval"}),
        "cancel_requested_at": frozenset({"cancel"}),
        "learnt_at": frozenset({"learnt"}),
        "paid_through": frozenset({"through"}),
    },
    "ledger_entries": {"account": frozenset({"category"})},
    "cash_balances": {"account_id": frozenset({"cash", "id"}), "amount": frozenset({"amount", "cash"})},
    "headcount": {
        "team": frozenset({"team"}),
        "effective_on": frozenset({"date", "start"}),
        "people": frozenset({"person"}),
    },
    "acquisition_costs": {"cost_id": frozenset({"id"}), "segment": frozenset({"tier"})},
    "web_visits": {"visitors": frozenset({"visit"})},
    "incidents": {"triggered_at": frozenset({"created", "start", "date"})},
    "tickets": {"opened_at": frozenset({"created", "start", "date"})},
    "deals": {"created_at": frozenset({"created", "date"}), "won": frozenset({"won", "status"})},
    "payments": {
        "succeeded": frozenset({"succeeded", "status"}),
        "attempted_at": frozenset({"created", "date", "paid"}),
    },
}
"""The concepts of a column where its name alone does not say them."""

WORDS: Mapping[tuple[str, str], Mapping[str, str]] = {
    ("ledger_entries", "account"): {
        word: account
        for account, listed in {
            "recurring_revenue": "subscriptions subscription abonnements abos saas recurring mrr lizenzen abonnement",
            "services_revenue": "services consulting beratung conseil training schulung",
            "direct_cost": "hosting server servers cloud aws azure gcp infrastructure hebergement "
            "serveurs cogs domains cdn",
            "shared_cost": "platform plattform oncall monitoring",
            "sales": "sales vertrieb commission commissions provision provisionen ventes",
            "marketing": "marketing ads advertising werbung publicite adwords seo events messen",
            "research": "research development entwicklung engineering developpement rnd rd",
            "general": "general admin administration rent office miete buero loyer bureau legal accounting insurance "
            "versicherung assurance rechtsberatung buchhaltung comptabilite verwaltung",
            "depreciation": "depreciation abschreibung abschreibungen amortissement",
            "interest": "interest zinsen interets",
            "tax": "tax taxes steuer steuern impots",
        }.items()
        for word in listed.split()
    },
    ("subscription_items", "status"): {
        word: status
        for status, listed in {
            "active": "active aktiv actif live running laufend",
            "trialing": "trial trialing test essai",
            "canceled": "canceled cancelled gekuendigt resilie churned beendet",
            "paused": "paused pausiert suspendu",
            "past_due": "overdue pastdue ueberfaellig impaye",
        }.items()
        for word in listed.split()
    },
    **{
        place: {word: truth for truth, listed in words.items() for word in listed.split()}
        for place, words in {
            ("payments", "succeeded"): {
                "true": "paid succeeded success successful ok erfolgreich bezahlt reussi paye",
                "false": "failed failure declined refused uncollectible fehlgeschlagen echoue refuse",
            },
            ("deals", "won"): {
                "true": "won closedwon gewonnen gagne ganado",
                "false": "lost closedlost verloren perdu perdido",
            },
        }.items()
    },
    **{
        (table, "priority"): {
            word: priority
            for priority, listed in {
                "P1": "urgent critical blocker highest sev1 sev-1 1 kritisch critique",
                "P2": "high hoch haute eleve sev2 sev-2 2",
                "P3": "normal medium mittel moyenne sev3 sev-3 3",
                "P4": "low niedrig basse sev4 sev-4 4",
                "P5": "lowest info sev5 sev-5 5",
            }.items()
            for word in listed.split()
        }
        for table in ("incidents", "tickets")
    },
    ("subscription_items", "billing_interval"): {
        word: interval
        for interval, listed in {
            "day": "day daily taeglich tag jour",
            "week": "week weekly woechentlich woche semaine",
            "month": "month monthly monat monatlich mois mensuel mensuelle m",
            "year": "year yearly annual annually jahr jaehrlich an annee annuel annuelle y",
        }.items()
        for word in listed.split()
    },
}
"""By table and column: a word of an export, in small letters without accents, to the record table's word."""

STAND_INS: Mapping[tuple[str, str], str] = {
    ("subscription_items", "subscription_id"): "customer_id",
}
"""A column that another one of the same table may fill: a customer without contract numbers has one contract."""

ONE_OF_ALL: Mapping[tuple[str, str], str] = {
    ("cash_balances", "account_id"): "bank",
    ("headcount", "team"): "all",
    ("web_visits", "channel"): "all",
}
"""A text that stands for the whole where an export does not part it."""
