"""Measures our gateway beside its peers. Entry point: `Benchmarks/run`."""
