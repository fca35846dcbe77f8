BEGIN TRANSACTION;
CREATE TABLE accounts (
	name VARCHAR NOT NULL,
	display_name VARCHAR NOT NULL,
	role VARCHAR NOT NULL,
	cluster VARCHAR NOT NULL,
	email VARCHAR,
	language VARCHAR NOT NULL,
	disabled BOOLEAN NOT NULL,
	password VARCHAR,
	code VARCHAR,
	code_at FLOAT,
	seen_at FLOAT,
	PRIMARY KEY (name),
	UNIQUE (email)
);
INSERT INTO "accounts" VALUES('anna','Anna','author','biom',NULL,'en',0,'$argon2id$v=19$m=8,t=1,p=1$DiIZrc+RlQl3V8NUpbocdg$NdUjtnBzOTPpEshK9Rthdm4ugOSXzQ8+gIlIlj5AOvQ',NULL,1800000000.0,1800000000.0);
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL,
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0001');
CREATE TABLE attempts (
	whose VARCHAR NOT NULL,
	failures INTEGER NOT NULL,
	last_at FLOAT NOT NULL,
	PRIMARY KEY (whose)
);
INSERT INTO "attempts" VALUES('063122a6795567b9e0608e96c21f50fefb0cfd5bb2b613eba1389ae9796d7269',1,1800000000.0);
INSERT INTO "attempts" VALUES('abe7f17e9eaf79e258f3bb4768feb2db410ad896fdef2bc754f2a74dc74863d3',1,1800000000.0);
CREATE TABLE changes (
	id INTEGER NOT NULL,
	name VARCHAR NOT NULL,
	what VARCHAR NOT NULL,
	who VARCHAR NOT NULL,
	at FLOAT NOT NULL,
	PRIMARY KEY (id)
);
INSERT INTO "changes" VALUES(1,'anna','added','x',1800000000.0);
INSERT INTO "changes" VALUES(2,'anna','password','anna',1800000000.0);
CREATE TABLE sessions (
	token VARCHAR NOT NULL,
	name VARCHAR NOT NULL,
	way VARCHAR NOT NULL,
	started_at FLOAT NOT NULL,
	used_at FLOAT NOT NULL,
	PRIMARY KEY (token),
	FOREIGN KEY(name) REFERENCES accounts (name)
);
INSERT INTO "sessions" VALUES('5befed2b31177e77cf175b8f2aa0e22a721998efa2ad38eda66faf8567ebb3f2','anna','password',1800000000.0,1800000000.0);
CREATE INDEX ix_sessions_name ON sessions (name);
CREATE INDEX ix_changes_name ON changes (name);
COMMIT;
