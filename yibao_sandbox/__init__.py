"""The outside world for demonstration and tests: a campus cashier in a process of its own.

It holds orders, shows payers a cashier page, answers a merchant's signed questions and sends
signed notices. It knows nothing of insurance, never imports the product and is never imported
by it; what the two share is the protocol that `campus` describes.
"""
