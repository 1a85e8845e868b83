-- The events of a service, in SQL that SQLite and PostgreSQL share.

-- Frames as they are sent, with the time at which they were appended, in milliseconds,
-- and the bytes of all frames before them. Both rise with the seq, so that no index is
-- needed to find the first one that is young enough. The account is a number made from
-- the DID, which few or no others have, and which makes the index small: each event
-- changes a page of it.
CREATE TABLE event (
	seq     {{seq}} PRIMARY KEY,
	account BIGINT NOT NULL,
	did     TEXT NOT NULL,
	at      BIGINT NOT NULL,
	begins  BIGINT NOT NULL,
	frame   {{bytes}} NOT NULL
);
CREATE INDEX event_account ON event (account, seq);

-- What is kept, in one row, which whoever writes locks first: the last seq that was
-- dropped, the last one that was given, how often something was erased, and who may
-- append.
CREATE TABLE event_window (
	one     INTEGER PRIMARY KEY CHECK (one = 1),
	dropped BIGINT NOT NULL,
	latest  BIGINT NOT NULL,
	erased  BIGINT NOT NULL,
	owner   BIGINT NOT NULL
);
INSERT INTO event_window (one, dropped, latest, erased, owner) VALUES (1, 0, 0, 0, 0);

-- The version of this schema.
CREATE TABLE event_schema (version INTEGER PRIMARY KEY);
INSERT INTO event_schema (version) VALUES (2);
