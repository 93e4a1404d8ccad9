"""English for who reads no Chinese: sentences looked up in a catalogue, pages on their way out."""
