"""Pages for somebody who pays for a student by a link: no signing in, nothing personal."""
