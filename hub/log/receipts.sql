-- The hub's signature over where each entry stands, kept with it and handed out as it is. Entries of before have none;
-- theirs is signed when somebody asks. Run once by caunoi_owner, as migration 5; never edited after a release.

ALTER TABLE hub.log
    ADD COLUMN receipt_kid text,
    ADD COLUMN receipt_sig bytea CHECK (length(receipt_sig) = 64),
    ADD CHECK ((receipt_kid IS NULL) = (receipt_sig IS NULL));
