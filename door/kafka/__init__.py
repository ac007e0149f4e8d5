"""The Kafka door, as hub and nodes share it: a small port, kafka-python behind it, the topics.

Kafka is a transport, not the truth: at least once, positions kept by whoever reads, nothing rests on its transactions.
"""
