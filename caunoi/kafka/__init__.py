"""The Kafka door beside the hub: messages of topics go into the intake, what the log has for each agency goes out.

`serving` is its process: `inlet` in, `hub.relay` out, `watch` and `figures` for its operator, `day_keys` for the intake
keys. `topics`, `doctor` (with `seen`) and `feed_checking` (with `feeds`) are for whoever keeps the broker.
"""
