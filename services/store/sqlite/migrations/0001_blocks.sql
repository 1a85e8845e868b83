-- A repository. Its head is the CID of the latest commit, in binary.
CREATE TABLE repo (
	id   INTEGER PRIMARY KEY,
	did  TEXT NOT NULL UNIQUE,
	head BLOB CHECK (length(head) = 36)
) STRICT;

-- The blocks of repositories. They stand in the order of their arrival beside
-- an index of CIDs: as rows of the index itself an import took a third longer.
CREATE TABLE block (
	repo INTEGER NOT NULL REFERENCES repo (id),
	cid  BLOB NOT NULL CHECK (length(cid) = 36),
	data BLOB NOT NULL,
	UNIQUE (repo, cid)
) STRICT;
