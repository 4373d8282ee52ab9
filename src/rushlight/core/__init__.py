"""What everything stands on: dtypes, devices, storage, layout, random streams, printing, state.

Nothing here knows what a Tensor is; these files work on ndarrays and plain Python values.
May import: nothing.
"""
