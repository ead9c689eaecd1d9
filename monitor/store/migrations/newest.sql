-- revision 0005; written by python -m monitor.store.newest
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL,
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
CREATE TABLE raw (
	sha256 TEXT NOT NULL,
	content BLOB NOT NULL,
	size BIGINT NOT NULL,
	left_out TEXT NOT NULL,
	PRIMARY KEY (sha256)
);
CREATE TABLE mail (
	identity TEXT NOT NULL,
	message_id TEXT,
	sent_at DATETIME,
	received_at DATETIME NOT NULL,
	counterpart_domain TEXT NOT NULL,
	kind TEXT,
	reason TEXT NOT NULL,
	candidate BOOLEAN NOT NULL,
	purchase BOOLEAN NOT NULL,
	authentication TEXT NOT NULL,
	reader_version TEXT NOT NULL,
	raw_sha256 TEXT,
	PRIMARY KEY (identity),
	FOREIGN KEY(raw_sha256) REFERENCES raw (sha256) DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX ix_mail_received ON mail (received_at);
CREATE INDEX ix_mail_counterpart ON mail (counterpart_domain, received_at);
CREATE INDEX ix_mail_raw ON mail (raw_sha256) WHERE raw_sha256 IS NOT NULL;
CREATE TABLE location (
	account TEXT NOT NULL,
	folder TEXT NOT NULL,
	uidvalidity BIGINT NOT NULL,
	uid BIGINT NOT NULL,
	identity TEXT NOT NULL,
	PRIMARY KEY (account, folder, uidvalidity, uid),
	FOREIGN KEY(identity) REFERENCES mail (identity) DEFERRABLE INITIALLY DEFERRED
)
 WITHOUT ROWID;
CREATE INDEX ix_location_identity ON location (identity);
CREATE TABLE reading (
	identity TEXT NOT NULL,
	received_at DATETIME NOT NULL,
	seller_key TEXT,
	order_number TEXT,
	version INTEGER NOT NULL,
	reading TEXT NOT NULL,
	PRIMARY KEY (identity),
	FOREIGN KEY(identity) REFERENCES mail (identity) DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX ix_reading_received ON reading (received_at, identity);
CREATE INDEX ix_reading_order ON reading (seller_key, order_number);
CREATE TABLE folder (
	account TEXT NOT NULL,
	folder TEXT NOT NULL,
	uidvalidity BIGINT NOT NULL,
	next_uid BIGINT NOT NULL,
	heard_until DATETIME,
	backfill_from DATETIME,
	updated_at DATETIME NOT NULL,
	PRIMARY KEY (account, folder)
);
CREATE TABLE event (
	id TEXT NOT NULL,
	order_id TEXT NOT NULL,
	at DATETIME NOT NULL,
	kind TEXT NOT NULL,
	source TEXT NOT NULL,
	mail TEXT,
	anchor_seller TEXT,
	anchor_number TEXT,
	payload TEXT NOT NULL,
	PRIMARY KEY (id)
);
CREATE INDEX ix_event_order ON event (order_id, at);
CREATE INDEX ix_event_source ON event (source, at);
CREATE INDEX ix_event_anchor ON event (anchor_seller, anchor_number);
CREATE TABLE sent (
	message_id TEXT NOT NULL,
	kind TEXT NOT NULL,
	at DATETIME NOT NULL,
	order_id TEXT,
	draft_id TEXT,
	PRIMARY KEY (message_id)
);
CREATE TABLE draft (
	id TEXT NOT NULL,
	order_id TEXT NOT NULL,
	rung TEXT NOT NULL,
	status TEXT NOT NULL,
	draft TEXT NOT NULL,
	created_at DATETIME NOT NULL,
	updated_at DATETIME NOT NULL,
	PRIMARY KEY (id)
);
CREATE INDEX ix_draft_order ON draft (order_id);
CREATE TABLE problem (
	id INTEGER NOT NULL,
	at DATETIME NOT NULL,
	stage TEXT NOT NULL,
	mail TEXT,
	message TEXT NOT NULL,
	resolved_at DATETIME,
	PRIMARY KEY (id)
);
CREATE TABLE setting (
	"key" TEXT NOT NULL,
	value TEXT NOT NULL,
	PRIMARY KEY ("key")
);
CREATE TRIGGER event_kept_insert BEFORE INSERT ON event WHEN EXISTS (SELECT 1 FROM event WHERE id = NEW.id AND source IN ('user', 'monitor')) BEGIN SELECT RAISE(ABORT, 'what the user said and the program did is never changed'); END;
CREATE TRIGGER event_kept_update BEFORE UPDATE ON event WHEN (OLD.source IN ('user', 'monitor') OR NEW.source IN ('user', 'monitor')) AND (OLD.id IS NOT NEW.id OR OLD.at IS NOT NEW.at OR OLD.kind IS NOT NEW.kind OR OLD.source IS NOT NEW.source OR OLD.mail IS NOT NEW.mail OR OLD.anchor_seller IS NOT NEW.anchor_seller OR OLD.anchor_number IS NOT NEW.anchor_number OR OLD.payload IS NOT NEW.payload) BEGIN SELECT RAISE(ABORT, 'what the user said and the program did is never changed'); END;
CREATE TRIGGER event_kept_id BEFORE UPDATE OF id ON event WHEN OLD.id IS NOT NEW.id BEGIN SELECT RAISE(ABORT, 'what the user said and the program did is never changed'); END;
CREATE TRIGGER event_kept_delete BEFORE DELETE ON event WHEN OLD.source IN ('user', 'monitor') BEGIN SELECT RAISE(ABORT, 'what the user said and the program did is never changed'); END;
CREATE TRIGGER sent_kept_insert BEFORE INSERT ON sent WHEN EXISTS (SELECT 1 FROM sent WHERE message_id = NEW.message_id) BEGIN SELECT RAISE(IGNORE); END;
CREATE TRIGGER sent_kept_update BEFORE UPDATE ON sent BEGIN SELECT RAISE(ABORT, 'what the user said and the program did is never changed'); END;
CREATE TRIGGER sent_kept_delete BEFORE DELETE ON sent BEGIN SELECT RAISE(ABORT, 'what the user said and the program did is never changed'); END;
CREATE TABLE outbox (
	id TEXT NOT NULL,
	draft_id TEXT NOT NULL,
	order_id TEXT NOT NULL,
	nonce TEXT NOT NULL,
	way TEXT NOT NULL,
	message_id TEXT NOT NULL,
	sender TEXT NOT NULL,
	recipient TEXT NOT NULL,
	subject TEXT NOT NULL,
	content BLOB NOT NULL,
	sha256 TEXT NOT NULL,
	payload TEXT NOT NULL,
	approved_at DATETIME NOT NULL,
	status TEXT NOT NULL,
	attempts INTEGER NOT NULL,
	next_try_at DATETIME,
	answer TEXT NOT NULL,
	sent_at DATETIME,
	copy_state TEXT NOT NULL,
	updated_at DATETIME NOT NULL,
	PRIMARY KEY (id),
	CONSTRAINT uq_outbox_approval UNIQUE (draft_id, nonce),
	CONSTRAINT uq_outbox_message UNIQUE (message_id)
);
CREATE UNIQUE INDEX ux_outbox_draft ON outbox (draft_id) WHERE status NOT IN ('failed', 'withdrawn');
CREATE UNIQUE INDEX ux_outbox_order ON outbox (order_id) WHERE status IN ('queued', 'sending', 'outcome_unknown');
CREATE INDEX ix_outbox_status ON outbox (status);
CREATE TABLE draft_text (
	id INTEGER NOT NULL,
	draft_id TEXT NOT NULL,
	at DATETIME NOT NULL,
	source TEXT NOT NULL,
	recipient TEXT NOT NULL,
	subject TEXT NOT NULL,
	body TEXT NOT NULL,
	PRIMARY KEY (id)
);
CREATE INDEX ix_draft_text ON draft_text (draft_id, id);
CREATE TRIGGER outbox_kept_insert BEFORE INSERT ON outbox WHEN EXISTS (SELECT 1 FROM outbox WHERE id = NEW.id OR message_id = NEW.message_id) BEGIN SELECT RAISE(ABORT, 'what was approved is never changed'); END;
CREATE TRIGGER outbox_kept_update BEFORE UPDATE ON outbox WHEN OLD.id IS NOT NEW.id OR OLD.draft_id IS NOT NEW.draft_id OR OLD.order_id IS NOT NEW.order_id OR OLD.nonce IS NOT NEW.nonce OR OLD.way IS NOT NEW.way OR OLD.message_id IS NOT NEW.message_id OR OLD.sender IS NOT NEW.sender OR OLD.recipient IS NOT NEW.recipient OR OLD.subject IS NOT NEW.subject OR OLD.content IS NOT NEW.content OR OLD.sha256 IS NOT NEW.sha256 OR OLD.payload IS NOT NEW.payload OR OLD.approved_at IS NOT NEW.approved_at BEGIN SELECT RAISE(ABORT, 'what was approved is never changed'); END;
CREATE TRIGGER outbox_once BEFORE UPDATE OF status ON outbox WHEN (OLD.status IN ('sent', 'failed', 'withdrawn') AND NEW.status <> OLD.status) OR (NEW.status = 'sending' AND OLD.status <> 'queued') OR (NEW.status = 'queued' AND OLD.status NOT IN ('queued', 'sending')) BEGIN SELECT RAISE(ABORT, 'an approved text goes out at most once'); END;
CREATE TRIGGER outbox_kept_delete BEFORE DELETE ON outbox BEGIN SELECT RAISE(ABORT, 'what was approved is never changed'); END;
CREATE TRIGGER draft_text_kept_update BEFORE UPDATE ON draft_text BEGIN SELECT RAISE(ABORT, 'what was approved is never changed'); END;
CREATE TRIGGER draft_text_kept_delete BEFORE DELETE ON draft_text BEGIN SELECT RAISE(ABORT, 'what was approved is never changed'); END;
CREATE TABLE page_key (
	hash TEXT NOT NULL,
	kind TEXT NOT NULL,
	name TEXT NOT NULL,
	created_at DATETIME NOT NULL,
	expires_at DATETIME,
	PRIMARY KEY (hash)
);
CREATE INDEX ix_page_key_kind ON page_key (kind, expires_at);
CREATE TABLE page_order (
	id TEXT NOT NULL,
	seller_key TEXT NOT NULL,
	seller TEXT NOT NULL,
	number TEXT NOT NULL,
	placed_at DATETIME NOT NULL,
	moved_at DATETIME NOT NULL,
	state TEXT NOT NULL,
	mood TEXT NOT NULL,
	decide_on TEXT,
	due_on TEXT,
	safe_until TEXT,
	next_on TEXT,
	stake_currency TEXT NOT NULL,
	stake BIGINT NOT NULL,
	currency TEXT NOT NULL,
	amount FLOAT NOT NULL,
	words TEXT NOT NULL,
	summary TEXT NOT NULL,
	PRIMARY KEY (id)
);
CREATE INDEX ix_page_order_mood ON page_order (mood, decide_on, due_on, id);
CREATE INDEX ix_page_order_stake ON page_order (mood, stake_currency, stake);
CREATE INDEX ix_page_order_next ON page_order (mood, next_on);
CREATE INDEX ix_page_order_placed ON page_order (placed_at, id);
CREATE INDEX ix_page_order_moved ON page_order (moved_at, id);
CREATE INDEX ix_page_order_state ON page_order (state, placed_at);
CREATE INDEX ix_page_order_seller ON page_order (seller, id);
CREATE INDEX ix_page_order_with ON page_order (seller_key, placed_at);
CREATE INDEX ix_page_order_amount ON page_order (amount, id);
CREATE INDEX ix_page_order_safe ON page_order (safe_until, id);
CREATE TABLE page_mail (
	id INTEGER NOT NULL,
	identity TEXT NOT NULL,
	order_id TEXT NOT NULL,
	words TEXT NOT NULL,
	PRIMARY KEY (id),
	UNIQUE (identity)
);
CREATE INDEX ix_page_mail_order ON page_mail (order_id);
CREATE VIRTUAL TABLE page_search USING fts5(words, content='page_mail', content_rowid='id', tokenize='trigram');
CREATE VIRTUAL TABLE page_vocabulary USING fts5vocab('page_search', 'row');
CREATE TRIGGER page_mail_insert AFTER INSERT ON page_mail BEGIN INSERT INTO page_search (rowid, words) VALUES (NEW.id, NEW.words); END;
CREATE TRIGGER page_mail_delete AFTER DELETE ON page_mail BEGIN INSERT INTO page_search (page_search, rowid, words) VALUES ('delete', OLD.id, OLD.words); END;
CREATE TRIGGER page_mail_update AFTER UPDATE OF words ON page_mail BEGIN INSERT INTO page_search (page_search, rowid, words) VALUES ('delete', OLD.id, OLD.words); INSERT INTO page_search (rowid, words) VALUES (NEW.id, NEW.words); END;
CREATE TABLE attachment (
	id TEXT NOT NULL,
	at DATETIME NOT NULL,
	name TEXT NOT NULL,
	content_type TEXT NOT NULL,
	size BIGINT NOT NULL,
	sha256 TEXT NOT NULL,
	content BLOB NOT NULL,
	PRIMARY KEY (id)
);
CREATE TRIGGER attachment_kept_insert BEFORE INSERT ON attachment WHEN EXISTS (SELECT 1 FROM attachment WHERE id = NEW.id) BEGIN SELECT RAISE(ABORT, 'an attached file is never changed'); END;
CREATE TRIGGER attachment_kept_update BEFORE UPDATE ON attachment BEGIN SELECT RAISE(ABORT, 'an attached file is never changed'); END;
CREATE TABLE case_event (
	id TEXT NOT NULL,
	case_id TEXT NOT NULL,
	at DATETIME NOT NULL,
	kind TEXT NOT NULL,
	payload TEXT NOT NULL,
	PRIMARY KEY (id)
);
CREATE INDEX ix_case_event_case ON case_event (case_id, at);
CREATE TRIGGER case_event_kept_insert BEFORE INSERT ON case_event WHEN EXISTS (SELECT 1 FROM case_event WHERE id = NEW.id) BEGIN SELECT RAISE(ABORT, 'what the user said and the program did is never changed'); END;
CREATE TRIGGER case_event_kept_update BEFORE UPDATE ON case_event BEGIN SELECT RAISE(ABORT, 'what the user said and the program did is never changed'); END;
CREATE TRIGGER case_event_kept_delete BEFORE DELETE ON case_event BEGIN SELECT RAISE(ABORT, 'what the user said and the program did is never changed'); END;
INSERT INTO alembic_version VALUES ('0005');
INSERT INTO setting VALUES ('page.generation', '1');
