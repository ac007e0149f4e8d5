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
-- Requests of officers that became a statement, for a day: the same sent again is not done again.
CREATE TABLE IF NOT EXISTS act_keys (
    officer text NOT NULL,       -- a pseudonym
    key text NOT NULL,           -- HMAC, in hex, of what its sender chose
    asked bytea NOT NULL,        -- HMAC of the request
    statement_id text NOT NULL,
    made text,                   -- the offer or the mã hồ sơ it made
    kept timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (officer, key)
);
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
-- Generations of the views: of each keeper one is current and read; another may be made beside it and take its place.
CREATE TABLE IF NOT EXISTS view_generations (
    generation bigserial PRIMARY KEY,
    keeper text NOT NULL,        -- node: it folds the feed itself; members: processes that share it by partitions
    current boolean NOT NULL
);
CREATE UNIQUE INDEX IF NOT EXISTS view_generations_current ON view_generations (keeper) WHERE current;
CREATE TABLE IF NOT EXISTS view_parts (
    generation bigint NOT NULL REFERENCES view_generations ON DELETE CASCADE,
    part int NOT NULL,           -- partition of the feed; a node's whole feed is part 0
    number bigint NOT NULL,      -- entries of it that are folded
    day text NOT NULL,           -- up to which what runs out was closed
    PRIMARY KEY (generation, part)
);
CREATE TABLE IF NOT EXISTS view_rows (
    generation bigint NOT NULL,
    view text NOT NULL,
    key text NOT NULL,
    case_id text,
    facts jsonb NOT NULL,
    sealed bytea
);
ALTER TABLE view_rows ADD COLUMN IF NOT EXISTS generation bigint NOT NULL DEFAULT 1; -- it was one until 2026-11-23
ALTER TABLE view_rows ALTER COLUMN generation DROP DEFAULT;
ALTER TABLE view_rows DROP CONSTRAINT IF EXISTS view_rows_pkey;
CREATE UNIQUE INDEX IF NOT EXISTS view_rows_place ON view_rows (generation, view, key);
CREATE INDEX IF NOT EXISTS view_rows_tags ON view_rows USING gin ((facts -> 'tags')) WHERE view IN ('joins', 'search');
DROP INDEX IF EXISTS view_rows_search;
CREATE TABLE IF NOT EXISTS view_position (number bigint NOT NULL); -- of that one, until then
ALTER TABLE view_position ADD COLUMN IF NOT EXISTS day text NOT NULL DEFAULT '';
INSERT INTO view_generations (generation, keeper, current)
    SELECT nextval('view_generations_generation_seq'), 'node', true
    WHERE NOT EXISTS (SELECT FROM view_generations WHERE keeper = 'node');
INSERT INTO view_parts SELECT 1, 0, number, day FROM view_position;
DROP TABLE view_position;
INSERT INTO view_parts SELECT generation, 0, 0, '' FROM view_generations WHERE keeper = 'node'
    ON CONFLICT DO NOTHING;
-- What members of a consumer group have of the feed, each partition as the hub's signed heads confirmed it.
CREATE TABLE IF NOT EXISTS member_parts (
    partition int PRIMARY KEY,
    count bigint NOT NULL,
    chain bytea NOT NULL,        -- over its entries
    headed bigint NOT NULL,      -- the number of the feed up to which they are all there
    position bigint NOT NULL     -- where to go on in the topic
);
CREATE TABLE IF NOT EXISTS member_feed (
    partition int NOT NULL,
    part bigint NOT NULL,        -- dense within the partition
    number bigint NOT NULL,
    log_index bigint NOT NULL,
    entry bytea NOT NULL,
    PRIMARY KEY (partition, part)
);
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
    case_id text NOT NULL,       -- empty where a notice is yet to open it
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
