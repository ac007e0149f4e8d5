-- Files of papers, sealed, beside the entries that name them. Run once by caunoi_owner, as migration 2; never edited
-- after a release.

-- One row for each uploaded file; who uploaded it is the only agency that may name it.
CREATE TABLE hub.attachments (
    hash bytea PRIMARY KEY CHECK (length(hash) = 32),  -- SHA-256 of all pieces, one after the other
    agency text NOT NULL,
    length bigint NOT NULL CHECK (length > 0),
    received bigint NOT NULL  -- microseconds since 1970 UTC
);
CREATE INDEX attachments_agency_idx ON hub.attachments (agency);

-- Its bytes, cut so that no reader needs the whole; erased with the row above.
CREATE TABLE hub.attachment_pieces (
    hash bytea NOT NULL REFERENCES hub.attachments (hash) ON DELETE CASCADE,
    number bigint NOT NULL CHECK (number > 0),
    piece bytea NOT NULL CHECK (length(piece) BETWEEN 1 AND 262144),
    PRIMARY KEY (hash, number)
);
ALTER TABLE hub.attachment_pieces ALTER COLUMN piece SET STORAGE EXTERNAL;  -- sealed bytes do not compress

-- Which entries name it. Stays when the file is erased, as the entry does.
CREATE TABLE hub.attached (
    hash bytea NOT NULL CHECK (length(hash) = 32),
    log_index bigint NOT NULL,
    PRIMARY KEY (hash, log_index)
);
CREATE INDEX attached_log_index_idx ON hub.attached (log_index);

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON hub.attached
    FOR EACH ROW EXECUTE FUNCTION hub.refuse_change();
CREATE TRIGGER never_truncated BEFORE TRUNCATE ON hub.attached
    FOR EACH STATEMENT EXECUTE FUNCTION hub.refuse_change();
CREATE TRIGGER never_changed BEFORE UPDATE ON hub.attachments
    FOR EACH ROW EXECUTE FUNCTION hub.refuse_change();
CREATE TRIGGER never_truncated BEFORE TRUNCATE ON hub.attachments
    FOR EACH STATEMENT EXECUTE FUNCTION hub.refuse_change();
CREATE TRIGGER never_changed BEFORE UPDATE ON hub.attachment_pieces
    FOR EACH ROW EXECUTE FUNCTION hub.refuse_change();
CREATE TRIGGER never_truncated BEFORE TRUNCATE ON hub.attachment_pieces
    FOR EACH STATEMENT EXECUTE FUNCTION hub.refuse_change();

GRANT SELECT, INSERT ON hub.attachments, hub.attachment_pieces, hub.attached TO caunoi_writer;
GRANT SELECT, DELETE ON hub.attachments, hub.attachment_pieces TO caunoi_eraser;
GRANT SELECT ON hub.attached TO caunoi_eraser;
