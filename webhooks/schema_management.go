package webhooks

// managementStep is what Svix's management calls need: what senders say of
// their messages, tasks that outlive the request that began them, and answers
// that are given again to a request that is sent twice.
//
// expires_at is when the payload goes, in instance time, where it is before the
// message itself; answers expire in wall time.
const managementStep = `
ALTER TABLE webhook_message ADD COLUMN channel_filter TEXT NOT NULL DEFAULT '';
ALTER TABLE webhook_message ADD COLUMN tag_filter TEXT NOT NULL DEFAULT '';
ALTER TABLE webhook_message ADD COLUMN expires_at BIGINT;
ALTER TABLE webhook_message ADD COLUMN expunged BOOLEAN NOT NULL DEFAULT FALSE;
CREATE INDEX webhook_message_expiry ON webhook_message (instance_id, expires_at) WHERE expires_at IS NOT NULL;

CREATE TABLE webhook_task (
	instance_id TEXT NOT NULL,
	id          TEXT NOT NULL,
	seq         BIGINT NOT NULL,
	type        TEXT NOT NULL,
	status      TEXT NOT NULL,
	updated_at  BIGINT NOT NULL,
	doc         TEXT NOT NULL,
	PRIMARY KEY (instance_id, id)
);
CREATE INDEX webhook_task_running ON webhook_task (instance_id, seq) WHERE status = 'running';

CREATE TABLE webhook_answer (
	instance_id TEXT NOT NULL,
	key         TEXT NOT NULL,
	expires_at  BIGINT NOT NULL,
	status      BIGINT NOT NULL,
	body        TEXT NOT NULL,
	PRIMARY KEY (instance_id, key)
);
CREATE INDEX webhook_answer_expiry ON webhook_answer (instance_id, expires_at)`
