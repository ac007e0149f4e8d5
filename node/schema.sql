-- A node's own tables, in a schema of its own. Nothing personal is in the clear: submissions are sealed, record keys
-- are keyed tags, rows of views and of the quarantine are sealed under view keys that lie outside the database.
CREATE TABLE IF NOT EXISTS origins (
    id bigserial PRIMARY KEY,
    reference text NOT NULL,     -- where: form, row, column
    sealed bytea NOT NULL        -- the row itself, for the quarantine should one of its statements be refused
);
ALTER TABLE origins ADD COLUMN IF NOT EXISTS identity bytea; -- as in quarantine
ALTER TABLE origins ADD COLUMN IF NOT EXISTS record bytea;
CREATE TABLE IF NOT EXISTS outbox (
    seq bigserial PRIMARY KEY,
    statement_id text NOT NULL UNIQUE,
    hash text NOT NULL,
    case_id text,
    origin bigint,               -- the row it stands for, while it waits
    submission bytea NOT NULL,
    state text NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'sent', 'refused')),
    answer jsonb
);
CREATE INDEX IF NOT EXISTS outbox_queued ON outbox (seq) WHERE state = 'queued';
-- One version for each statement that changed the record; the newest counts, and goes if its statement is refused.
CREATE TABLE IF NOT EXISTS records (
    seq bigserial PRIMARY KEY,
    tag bytea NOT NULL,          -- HMAC of whose records, record key and act
    record bytea NOT NULL,       -- HMAC of whose records and record key
    form bytea NOT NULL,         -- HMAC of the form's id
    content bytea NOT NULL,      -- HMAC of facts and values, to tell a change
    facts bytea NOT NULL,        -- HMAC of the header's facts alone
    statement_id text NOT NULL,  -- the statement that stands for it
    made_by text NOT NULL,       -- the statement that made this version: that one, or its last correction
    case_id text,
    delivery bigint NOT NULL     -- the last delivery that carried it
);
CREATE INDEX IF NOT EXISTS records_tag ON records (tag, seq);
CREATE INDEX IF NOT EXISTS records_record ON records (record);
CREATE INDEX IF NOT EXISTS records_made_by ON records (made_by);
CREATE INDEX IF NOT EXISTS records_delivery ON records (form, delivery);
CREATE TABLE IF NOT EXISTS deliveries (
    id bigserial PRIMARY KEY,
    form text NOT NULL,
    file_hash text NOT NULL,
    list bigint                  -- the first delivery of the same cumulative list: one that carried a record of this one
);
CREATE TABLE IF NOT EXISTS feed (
    number bigint PRIMARY KEY,
    log_index bigint NOT NULL UNIQUE,
    entry bytea NOT NULL
);
CREATE TABLE IF NOT EXISTS receipts (
    log_index bigint PRIMARY KEY,
    statement_hash text NOT NULL UNIQUE,
    receipt jsonb NOT NULL
);
CREATE TABLE IF NOT EXISTS quarantine (
    id bigserial PRIMARY KEY,
    code text NOT NULL,
    reference text NOT NULL,     -- where: form, row, column; or statement id
    received timestamptz NOT NULL DEFAULT now(),
    sealed bytea
);
ALTER TABLE quarantine ADD COLUMN IF NOT EXISTS identity bytea; -- HMAC of form, record, content: once for each code
ALTER TABLE quarantine ADD COLUMN IF NOT EXISTS record bytea;   -- HMAC of whose records and record key: settled when it is taken
ALTER TABLE quarantine ADD COLUMN IF NOT EXISTS delivery bigint; -- that returned it last
ALTER TABLE quarantine ADD COLUMN IF NOT EXISTS seen bigint NOT NULL DEFAULT 1;
ALTER TABLE quarantine ADD COLUMN IF NOT EXISTS last timestamptz NOT NULL DEFAULT now();
ALTER TABLE quarantine ADD COLUMN IF NOT EXISTS settled timestamptz;
CREATE UNIQUE INDEX IF NOT EXISTS quarantine_identity ON quarantine (code, identity);
CREATE INDEX IF NOT EXISTS quarantine_record ON quarantine (record) WHERE settled IS NULL;
-- A file refused whole, or a row too large to show, sealed in pieces.
CREATE TABLE IF NOT EXISTS quarantine_pieces (
    entry bigint NOT NULL REFERENCES quarantine ON DELETE CASCADE,
    place int NOT NULL,
    sealed bytea NOT NULL,
    PRIMARY KEY (entry, place)
);
-- Of what is settled no content is kept (it was until 2026-11-22).
UPDATE quarantine SET sealed = NULL WHERE settled IS NOT NULL AND sealed IS NOT NULL;
DELETE FROM quarantine_pieces USING quarantine WHERE entry = quarantine.id AND settled IS NOT NULL;
CREATE TABLE IF NOT EXISTS view_rows (
    view text NOT NULL,
    key text NOT NULL,
    case_id text,
    facts jsonb NOT NULL,
    sealed bytea,
    PRIMARY KEY (view, key)
);
CREATE INDEX IF NOT EXISTS view_rows_search ON view_rows USING gin ((facts -> 'tags')) WHERE view = 'search';
CREATE TABLE IF NOT EXISTS view_position (number bigint NOT NULL);
ALTER TABLE view_position ADD COLUMN IF NOT EXISTS day text NOT NULL DEFAULT '';
INSERT INTO view_position SELECT 0 WHERE NOT EXISTS (SELECT FROM view_position);
-- Bundles carried by hand: the node's own, counted; what came with the hub's answers, sealed under view keys.
CREATE TABLE IF NOT EXISTS bundles (
    number bigint PRIMARY KEY,
    manifest text NOT NULL,      -- hash of the signed manifest; the answer names it
    seqs bigint[] NOT NULL,      -- the submissions in it
    last text,                   -- the statement of the last of them
    answered timestamptz
);
CREATE TABLE IF NOT EXISTS carried (
    hash text NOT NULL,
    kind text NOT NULL,          -- body or grant
    case_id text NOT NULL,
    sealed bytea,                -- none where the hub did not hand it out
    PRIMARY KEY (hash, kind)
);
CREATE INDEX IF NOT EXISTS carried_case ON carried (case_id);
-- Sealed files of papers: this agency's own, and others' that were read here or that a bundle brought.
CREATE TABLE IF NOT EXISTS attachments (
    hash text PRIMARY KEY,       -- SHA-256 of the sealed bytes
    case_id text NOT NULL,
    length bigint NOT NULL,      -- of the sealed bytes
    own boolean NOT NULL,
    sealed_key bytea,            -- what opens it, sealed under the case's view key; none where it is not open here
    statement_id text,           -- own: the statement that names it
    taken bigint NOT NULL        -- µs since 1970 UTC
);
CREATE INDEX IF NOT EXISTS attachments_statement ON attachments (statement_id);
CREATE INDEX IF NOT EXISTS attachments_case ON attachments (case_id);
CREATE TABLE IF NOT EXISTS attachment_pieces (
    hash text NOT NULL REFERENCES attachments ON DELETE CASCADE,
    number int NOT NULL,
    piece bytea NOT NULL,
    PRIMARY KEY (hash, number)
);
-- The way over Kafka: positions in the hub's topics, in the transaction of what was read there.
CREATE TABLE IF NOT EXISTS kafka_positions (
    topic text NOT NULL,
    partition int NOT NULL,
    position bigint NOT NULL,
    PRIMARY KEY (topic, partition)
);
CREATE TABLE IF NOT EXISTS kafka_put (
    seq bigint PRIMARY KEY,      -- what of the outbox the broker has
    put bigint NOT NULL,         -- µs since 1970 UTC
    aside boolean NOT NULL DEFAULT false  -- the hub said that it is no submission
);
CREATE TABLE IF NOT EXISTS kafka_keys (
    day text PRIMARY KEY,
    key bytea NOT NULL           -- the hub's public key of that day as it was signed
);
CREATE TABLE IF NOT EXISTS kafka_early (
    number bigint PRIMARY KEY,   -- entries of the feed that are not folded yet
    log_index bigint NOT NULL,
    entry bytea NOT NULL
);
CREATE TABLE IF NOT EXISTS kafka_parts (
    partition int PRIMARY KEY,
    count bigint NOT NULL,       -- entries of the feed that lay in this partition
    chain bytea NOT NULL,        -- over them
    headed bigint NOT NULL       -- the number of the feed up to which a signed head confirmed them
);
CREATE TABLE IF NOT EXISTS kafka_feed (
    lost boolean NOT NULL,       -- to be fetched another way
    head bytea                   -- the newest, as it was signed
);
