"""What each machine runs: a module with `main(machine, ready)` that never returns while all is well.

The plant is made so that a learner sees everything soon: whatever a station does, it does first within ten seconds and
again at least every ten. Nothing alternates between two values, nobody opens an anonymous session, no client
touches more than three servers of a kind: those would be alarms on their own.
"""
