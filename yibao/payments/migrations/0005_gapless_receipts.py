"""Receipt numbers of a cashier have no gaps: each refers to the one before it."""

from django.db import migrations

FILL = """
UPDATE payments_payment
SET receipt_no = substring(reference FROM '-([0-9]{6})$')::integer
WHERE channel = 'cash' AND cashier_id IS NOT NULL AND reference ~ '-[0-9]{6}$'
"""
CHAIN = """
ALTER TABLE payments_payment
    ADD CONSTRAINT receipt_follows_receipt FOREIGN KEY (cashier_id, receipt_before)
        REFERENCES payments_payment (cashier_id, receipt_no),
    ADD CONSTRAINT receipt_has_cashier CHECK (receipt_no IS NULL OR (cashier_id IS NOT NULL AND receipt_no > 0))
"""
UNCHAIN = """
ALTER TABLE payments_payment DROP CONSTRAINT receipt_follows_receipt, DROP CONSTRAINT receipt_has_cashier
"""


class Migration(migrations.Migration):
    dependencies = [("payments", "0004_bills_and_cash")]

    operations = [
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        migrations.RunSQL(CHAIN, UNCHAIN),
    ]
