-- The log. Run once by caunoi_owner, as migration 1; never edited after a release (its checksum is kept).

-- Made as the library makes it (eventsourcing 9.5, PostgresApplicationRecorder), so that its own recorder can read
-- it; a test compares the two. `state` is the entry, verbatim. `notification_id` is the library's and may have holes;
-- the number that counts is `log.log_index`. The library's insert function is left out: it takes no lock.
CREATE TABLE hub.stored_events (
    originator_id uuid NOT NULL,
    originator_version bigint NOT NULL,
    topic text,
    state bytea,
    notification_id bigserial,
    PRIMARY KEY (originator_id, originator_version)
) WITH (
    autovacuum_enabled = true,
    autovacuum_vacuum_threshold = 100000000,
    autovacuum_vacuum_scale_factor = 0.5,
    autovacuum_analyze_threshold = 1000,
    autovacuum_analyze_scale_factor = 0.01
);
CREATE UNIQUE INDEX stored_events_notification_id_idx ON hub.stored_events (notification_id ASC);
CREATE TYPE hub.stored_event_uuid AS (
    originator_id uuid,
    originator_version bigint,
    topic text,
    state bytea
);

-- One row for each entry: its place, and what it is found by.
CREATE TABLE hub.log (
    log_index bigint PRIMARY KEY CHECK (log_index > 0),
    notification_id bigint NOT NULL UNIQUE,
    originator_id uuid NOT NULL,
    originator_version bigint NOT NULL,
    statement_id text NOT NULL UNIQUE,
    statement_hash bytea NOT NULL UNIQUE CHECK (length(statement_hash) = 32),
    author text NOT NULL,
    kid text NOT NULL,
    type text NOT NULL,
    leaf bytea NOT NULL CHECK (length(leaf) = 32),
    recorded bigint NOT NULL,  -- microseconds since 1970 UTC; never goes back
    UNIQUE (originator_id, originator_version)
);

-- Sealed sections, beside the entry that names them; erased by deleting the row.
CREATE TABLE hub.bodies (
    hash bytea PRIMARY KEY CHECK (hash = sha256(body)),
    body bytea NOT NULL,
    log_index bigint NOT NULL
);
ALTER TABLE hub.bodies ALTER COLUMN body SET STORAGE EXTERNAL;  -- sealed bytes do not compress
CREATE INDEX bodies_log_index_idx ON hub.bodies (log_index);

-- Wrapped data keys under the hub's outer lock. `hash` is of the wrapped bytes, which the hub does not keep.
CREATE TABLE hub.grants (
    hash bytea PRIMARY KEY CHECK (length(hash) = 32),
    locked bytea NOT NULL,
    log_index bigint NOT NULL,
    grantee text NOT NULL,
    originator_id uuid NOT NULL
);
CREATE INDEX grants_log_index_idx ON hub.grants (log_index);
CREATE INDEX grants_originator_id_idx ON hub.grants (originator_id);

-- The part of the log each agency is party to, under dense numbers of its own.
CREATE TABLE hub.feeds (
    agency text NOT NULL,
    number bigint NOT NULL CHECK (number > 0),
    log_index bigint NOT NULL,
    PRIMARY KEY (agency, number),
    UNIQUE (agency, log_index)
);

-- Signed refusals, under dense numbers for each agency.
CREATE TABLE hub.refusals (
    agency text NOT NULL,
    number bigint NOT NULL CHECK (number > 0),
    statement_id text NOT NULL,
    statement_hash bytea NOT NULL CHECK (length(statement_hash) = 32),
    code text NOT NULL,
    recorded bigint NOT NULL,
    kid text NOT NULL,
    sig bytea NOT NULL,
    PRIMARY KEY (agency, number)
);
CREATE INDEX refusals_statement_id_idx ON hub.refusals (statement_id);

-- Only append. Privileges already forbid it to every role but the owner; these triggers forbid it to the owner, and
-- a row trigger never sees TRUNCATE.
CREATE FUNCTION hub.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% of %.% is refused: the log is append-only', TG_OP, TG_TABLE_SCHEMA, TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON hub.stored_events
    FOR EACH ROW EXECUTE FUNCTION hub.refuse_change();
CREATE TRIGGER never_truncated BEFORE TRUNCATE ON hub.stored_events
    FOR EACH STATEMENT EXECUTE FUNCTION hub.refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON hub.log
    FOR EACH ROW EXECUTE FUNCTION hub.refuse_change();
CREATE TRIGGER never_truncated BEFORE TRUNCATE ON hub.log
    FOR EACH STATEMENT EXECUTE FUNCTION hub.refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON hub.feeds
    FOR EACH ROW EXECUTE FUNCTION hub.refuse_change();
CREATE TRIGGER never_truncated BEFORE TRUNCATE ON hub.feeds
    FOR EACH STATEMENT EXECUTE FUNCTION hub.refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON hub.refusals
    FOR EACH ROW EXECUTE FUNCTION hub.refuse_change();
CREATE TRIGGER never_truncated BEFORE TRUNCATE ON hub.refusals
    FOR EACH STATEMENT EXECUTE FUNCTION hub.refuse_change();
-- Bodies and grants may be deleted, by the eraser, but not changed and not emptied at one stroke.
CREATE TRIGGER never_changed BEFORE UPDATE ON hub.bodies
    FOR EACH ROW EXECUTE FUNCTION hub.refuse_change();
CREATE TRIGGER never_truncated BEFORE TRUNCATE ON hub.bodies
    FOR EACH STATEMENT EXECUTE FUNCTION hub.refuse_change();
CREATE TRIGGER never_changed BEFORE UPDATE ON hub.grants
    FOR EACH ROW EXECUTE FUNCTION hub.refuse_change();
CREATE TRIGGER never_truncated BEFORE TRUNCATE ON hub.grants
    FOR EACH STATEMENT EXECUTE FUNCTION hub.refuse_change();

-- New rows follow the last one without a gap, and time does not go back. The append lock makes it so; this notices
-- a writer that took no lock.
CREATE FUNCTION hub.refuse_gap() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    added record;
    previous record;
BEGIN
    SELECT count(*) AS rows, min(log_index) AS first, max(log_index) AS last, min(recorded) AS recorded
        INTO added FROM new_rows;
    SELECT coalesce(max(log_index), 0) AS last INTO previous FROM hub.log WHERE log_index < added.first;
    IF added.rows > 0 AND (added.first <> previous.last + 1 OR added.last - added.first + 1 <> added.rows) THEN
        RAISE EXCEPTION 'log index % does not follow %', added.first, previous.last
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF added.recorded < (SELECT recorded FROM hub.log WHERE log_index = previous.last) THEN
        RAISE EXCEPTION 'recorded time of log index % goes back', added.first
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER dense AFTER INSERT ON hub.log
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION hub.refuse_gap();

GRANT USAGE ON SCHEMA hub TO caunoi_writer, caunoi_eraser;
GRANT SELECT ON hub.migrations TO caunoi_writer;
GRANT SELECT, INSERT ON hub.stored_events, hub.log, hub.bodies, hub.grants, hub.feeds, hub.refusals TO caunoi_writer;
GRANT USAGE ON SEQUENCE hub.stored_events_notification_id_seq TO caunoi_writer;
GRANT SELECT ON hub.log TO caunoi_eraser;
GRANT SELECT, DELETE ON hub.bodies, hub.grants TO caunoi_eraser;
