-- What the Kafka door keeps: how far each topic was taken in, what in it was no submission, how far each agency was
-- told. Run once by caunoi_owner, as migration 3; never edited after a release.

-- The position after the last message whose effect is in the log, in the same transaction as the effect.
CREATE TABLE hub.kafka_positions (
    topic text NOT NULL,
    partition int NOT NULL CHECK (partition >= 0),
    position bigint NOT NULL CHECK (position >= 0),
    PRIMARY KEY (topic, partition)
);

-- Messages that were no submission: where they lie and why, nothing of what they hold.
CREATE TABLE hub.kafka_aside (
    number bigint GENERATED ALWAYS AS IDENTITY UNIQUE,  -- in the order of the append lock
    topic text NOT NULL,
    partition int NOT NULL,
    position bigint NOT NULL,
    code text NOT NULL,
    hash bytea NOT NULL CHECK (length(hash) = 32),      -- SHA-256 of the message's value
    agency text,                                        -- whom to tell, where that can be known
    statement_id text,
    recorded bigint NOT NULL,
    PRIMARY KEY (topic, partition, position)
);

-- How far the relay has told an agency; moved only after the broker has what was told.
CREATE TABLE hub.relayed (
    agency text PRIMARY KEY,
    number bigint NOT NULL DEFAULT 0,    -- of its feed
    parts bigint[] NOT NULL,             -- entries of its feed in each partition so far
    chains bytea[] NOT NULL,             -- the hash over all of them, as the feed heads sign it
    receipts bigint NOT NULL DEFAULT 0,  -- log index up to which its own statements were answered
    refusals bigint NOT NULL DEFAULT 0,
    aside bigint NOT NULL DEFAULT 0
);

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON hub.kafka_aside
    FOR EACH ROW EXECUTE FUNCTION hub.refuse_change();
CREATE TRIGGER never_truncated BEFORE TRUNCATE ON hub.kafka_aside
    FOR EACH STATEMENT EXECUTE FUNCTION hub.refuse_change();

GRANT SELECT, INSERT, UPDATE ON hub.kafka_positions TO caunoi_writer;
GRANT SELECT, INSERT ON hub.kafka_aside TO caunoi_writer;
GRANT USAGE ON SCHEMA hub TO caunoi_relay;
GRANT SELECT ON hub.stored_events, hub.log, hub.feeds, hub.refusals, hub.kafka_aside TO caunoi_relay;
GRANT SELECT, INSERT, UPDATE ON hub.relayed TO caunoi_relay;
