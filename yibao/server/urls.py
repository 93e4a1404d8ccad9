"""Every address of the system, by audience."""

urlpatterns: list = []
