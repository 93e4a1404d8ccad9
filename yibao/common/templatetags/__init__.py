"""What templates of every chapter use."""
