"""Messages to people: an inbox, and e-mail and robots where a school has set them up."""
