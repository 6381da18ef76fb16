package instance

import (
	"encoding/json"
	"fmt"

	"github.com/nightclerk/nightclerk/internal/store"
	"github.com/nightclerk/nightclerk/issuer"
)

// Schema is the tables of instances, their signing keys and JWT templates.
var Schema = store.Schema{Name: "instance", Steps: []string{`
	CREATE TABLE instance (
		instance_id TEXT NOT NULL PRIMARY KEY,
		slug TEXT NOT NULL UNIQUE,
		secret_key TEXT NOT NULL UNIQUE,
		version BIGINT NOT NULL,
		created_at BIGINT NOT NULL,
		doc TEXT NOT NULL
	);
	CREATE TABLE signing_key (
		instance_id TEXT NOT NULL,
		kid TEXT NOT NULL,
		ordinal BIGINT NOT NULL,
		pem TEXT NOT NULL,
		PRIMARY KEY (instance_id, kid)
	);
	CREATE TABLE jwt_template (
		instance_id TEXT NOT NULL,
		id TEXT NOT NULL,
		name TEXT NOT NULL,
		created_at BIGINT NOT NULL,
		updated_at BIGINT NOT NULL,
		doc TEXT NOT NULL,
		PRIMARY KEY (instance_id, id),
		UNIQUE (instance_id, name)
	)`, `
	ALTER TABLE signing_key ADD COLUMN published_until BIGINT`}}

// developmentPEM stands in the table for the published key, so that no private
// key has to be stored for the default instance.
const developmentPEM = "development"

// row is an instance as stored.
type row struct {
	id, slug, secretKey string
	version, createdAt  int64
	config              Config
	keys                []*issuer.Key // newest first
	// keysUntil is when the next of the older keys goes, in wall time, Unix
	// milliseconds; 0 while all stay.
	keysUntil int64
	templates []*Template
}

// versions lists the instances that exist and how often each was changed.
func versions(tx *store.Tx) (map[string]int64, error) {
	rows, err := tx.Query(`SELECT instance_id, version FROM instance`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := map[string]int64{}
	for rows.Next() {
		var id string
		var v int64
		if err := rows.Scan(&id, &v); err != nil {
			return nil, err
		}
		out[id] = v
	}
	return out, rows.Err()
}

// load reads one instance whole.
func load(tx *store.Tx, id string) (*row, error) {
	r := &row{id: id}
	var doc string
	err := tx.QueryRow(`SELECT slug, secret_key, version, created_at, doc FROM instance WHERE instance_id = $1`, id).
		Scan(&r.slug, &r.secretKey, &r.version, &r.createdAt, &doc)
	if err != nil {
		return nil, err
	}
	if r.config, err = parseConfig(doc); err != nil {
		return nil, fmt.Errorf("instance %s: %w", id, err)
	}
	if r.keys, r.keysUntil, err = loadKeys(tx, id); err != nil {
		return nil, err
	}
	r.templates, err = listTemplates(tx, id)
	return r, err
}

// loadKeys reads the keys that are published now, newest first, and until when
// all of them are.
func loadKeys(tx *store.Tx, id string) (keys []*issuer.Key, until int64, err error) {
	rows, err := tx.Query(`SELECT pem, COALESCE(published_until, 0) FROM signing_key
		WHERE instance_id = $1 AND (published_until IS NULL OR published_until > $2) ORDER BY ordinal DESC`, id, tx.WallNowMS())
	if err != nil {
		return nil, 0, err
	}
	defer rows.Close()
	for rows.Next() {
		var pem string
		var end int64
		if err := rows.Scan(&pem, &end); err != nil {
			return nil, 0, err
		}
		key := issuer.DevelopmentKey()
		if pem != developmentPEM {
			if key, err = issuer.ParsePEM([]byte(pem)); err != nil {
				return nil, 0, fmt.Errorf("signing key of instance %s: %w", id, err)
			}
		}
		if end > 0 && (until == 0 || end < until) {
			until = end
		}
		keys = append(keys, key)
	}
	return keys, until, rows.Err()
}

// upsert writes the instance's row; its version rises.
func upsert(tx *store.Tx, slug, secretKey string, cfg Config) error {
	doc, err := json.Marshal(cfg)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO instance (instance_id, slug, secret_key, version, created_at, doc) VALUES ($1, $2, $3, 1, $4, $5)
		ON CONFLICT (instance_id) DO UPDATE SET slug = excluded.slug, secret_key = excluded.secret_key, version = instance.version + 1, doc = excluded.doc`,
		tx.Instance(), slug, secretKey, tx.WallNowMS(), string(doc))
	return err
}

// setKey makes key the one that signs; the keys before it stay published.
func setKey(tx *store.Tx, key *issuer.Key) error {
	text := developmentPEM
	if key != issuer.DevelopmentKey() {
		pem, err := key.PrivatePEM()
		if err != nil {
			return err
		}
		text = string(pem)
	}
	_, err := tx.Exec(`INSERT INTO signing_key (instance_id, kid, ordinal, pem)
		SELECT $1, $2, 1 + COALESCE(MAX(ordinal), 0), $3 FROM signing_key WHERE instance_id = $1
		ON CONFLICT (instance_id, kid) DO UPDATE SET ordinal = excluded.ordinal, published_until = NULL`, tx.Instance(), key.KID(), text)
	return err
}

func touch(tx *store.Tx) error {
	_, err := tx.Exec(`UPDATE instance SET version = version + 1 WHERE instance_id = $1`, tx.Instance())
	return err
}

// drop removes an instance's own rows; those of the other nouns are theirs.
func drop(tx *store.Tx) error {
	for _, stmt := range []string{
		`DELETE FROM jwt_template WHERE instance_id = $1`,
		`DELETE FROM signing_key WHERE instance_id = $1`,
		`DELETE FROM instance WHERE instance_id = $1`,
	} {
		if _, err := tx.Exec(stmt, tx.Instance()); err != nil {
			return err
		}
	}
	return tx.DropState()
}
