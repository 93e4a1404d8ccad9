"""What the tests of pages stand on."""
