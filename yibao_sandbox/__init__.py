"""The outside world for demonstration and tests: payment gateways in a process of their own.

One ledger under three protocols: the campus cashier's, WeChat Pay's API v3 and Alipay's. It shows
payers a cashier page, answers a merchant's signed questions, sends signed notices, and lets all of
it go wrong by switches. It knows nothing of insurance, never imports the product and is never
imported by it; what the two share is the protocols (`campus`, `wechat`, `alipay`).
"""
