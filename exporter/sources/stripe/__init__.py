"""Reads subscriptions, discounts, trials, customers, payments and refunds from Stripe."""
