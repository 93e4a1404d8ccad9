"""The whole campaign by people over HTTP: `make story` with 2,000 students, the journeys with a few."""
