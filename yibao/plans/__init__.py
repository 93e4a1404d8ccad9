"""Chapter 1: what is offered, to whom, at what price."""
