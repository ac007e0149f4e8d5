"""An Apache Kafka of our own, for development and tests: one node, KRaft, loopback, from its jars.

`pom.xml` names one version, Maven brings the jars, `jars.sha256` says what they must be. Needs Java 17 and Maven; who
has neither names a broker with `CAUNOI_KAFKA`. Not for production: one node loses what its disk loses.
"""
