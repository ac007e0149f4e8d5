-- What the relay looks for is found without reading the whole log. Run once by caunoi_owner, as migration 4; never
-- edited after a release.

CREATE INDEX log_author_idx ON hub.log (author, log_index);
CREATE INDEX kafka_aside_agency_idx ON hub.kafka_aside (agency, number);
