"""The staff's pages over HTTP."""
