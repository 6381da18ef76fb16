package main

import (
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/nightclerk/nightclerk/internal/clock"
	"github.com/nightclerk/nightclerk/scenario"
)

// seedRounds is how often the seed is repeated: one takes long enough to average
// the neighbours out by itself.
const seedRounds = 3

// seed starts the emulator with a file of many users and compares that with
// inserting the very rows it wrote; then it starts again.
func seed(b *bench) ([]row, error) {
	file := filepath.Join(b.temp, "users.json")
	if err := writeUsers(file, b.users); err != nil {
		return nil, err
	}
	data, err := b.folder()
	if err != nil {
		return nil, err
	}
	if _, err := b.seedOnce(file, data); err != nil { // what the bare side inserts
		return nil, err
	}
	pairs, err := interleave(seedRounds,
		func() (sample, error) { return b.seedFresh(file) },
		func() (sample, error) { return b.insertAgain(filepath.Join(data, "nightclerk.db")) })
	if err != nil {
		return nil, err
	}
	what := fmt.Sprintf("Start with a file of %d new users / bare inserts of the same rows", b.users)
	rows := []row{byThroughput(what, 0, pairs), byCPU("the same, as CPU time", 0, pairs)}
	again, err := b.restarts(file, data)
	return append(rows, again...), err
}

// restarts are starts with data that is there already.
func (b *bench) restarts(file, data string) (rows []row, err error) {
	for _, r := range []struct {
		what string
		args []string
	}{
		{"Start again with the data of %d users", []string{"--data", data}},
		{"Start again with data and file of %d users, each compared", []string{"--data", data, "--config", file}},
	} {
		again := untilAnswer(func() (*process, error) { return b.startEmulator(r.args...) })
		var times []pair
		for range seedRounds {
			s, err := again()
			if err != nil {
				return nil, err
			}
			times = append(times, pair{ours: s, bare: s})
		}
		timed := byTime(fmt.Sprintf(r.what, b.users), times)
		timed.bare = 0
		rows = append(rows, timed)
	}
	return rows, nil
}

// writeUsers writes a scenario with n made-up people.
func writeUsers(path string, n int) error {
	people := make([]scenario.User, n)
	for i := range people {
		people[i] = scenario.Person(i + 1)
	}
	return os.WriteFile(path, scenario.SeedJSON(&scenario.Instance{Users: people}), 0o600)
}

func (b *bench) seedFresh(file string) (sample, error) {
	data, err := b.folder()
	if err != nil {
		return sample{}, err
	}
	defer os.RemoveAll(data)
	return b.seedOnce(file, data)
}

// seedOnce measures a start until its first answer.
func (b *bench) seedOnce(file, data string) (sample, error) {
	begin := clock.Wall.Now()
	p, err := b.startEmulator("--config", file, "--data", data)
	if err != nil {
		return sample{}, err
	}
	if err := p.get("/.well-known/jwks.json"); err != nil {
		return sample{}, errors.Join(err, p.stop())
	}
	wall := clock.Wall.Now().Sub(begin)
	cpu, err := cpuOf(p.cmd.Process.Pid)
	if err != nil {
		return sample{}, err
	}
	return sample{n: b.users, wall: wall, cpu: cpu}, p.stop()
}

// tables are where a new user leaves rows.
var tables = []string{"users", "identification", "search_term", "webhook_message"}

// insertAgain copies the rows of a database into a new one by a prepared
// statement each, in transactions of many. Reading them does not count.
func (b *bench) insertAgain(from string) (total sample, err error) {
	folder, err := b.folder()
	if err != nil {
		return total, err
	}
	defer os.RemoveAll(folder)
	source, err := sql.Open("sqlite", "file:"+from+"?mode=ro")
	if err != nil {
		return total, err
	}
	defer source.Close()
	target, err := sql.Open("sqlite", "file:"+filepath.Join(folder, "bare.db")+"?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)")
	if err != nil {
		return total, err
	}
	defer target.Close()
	if err := copySchema(source, target); err != nil {
		return total, err
	}
	total.n = b.users
	for _, table := range tables {
		s, err := copyTable(source, target, table)
		if err != nil {
			return total, fmt.Errorf("table %s: %w", table, err)
		}
		total.wall += s.wall
		total.cpu += s.cpu
	}
	return total, nil
}

func copySchema(source, target *sql.DB) error {
	rows, err := source.Query(`SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY rowid`)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var statement string
		if err := rows.Scan(&statement); err != nil {
			return err
		}
		if _, err := target.Exec(statement); err != nil {
			return err
		}
	}
	return rows.Err()
}

// inTransaction is how many rows of a table the bare side commits together:
// about as many as the emulator does.
const inTransaction = 4000

func copyTable(source, target *sql.DB, table string) (total sample, err error) {
	rows, err := source.Query(`SELECT * FROM ` + table)
	if err != nil {
		return total, err
	}
	defer rows.Close()
	for more := true; more; {
		batch, err := take(rows, inTransaction)
		if err != nil || len(batch) == 0 {
			return total, err
		}
		more = len(batch) == inTransaction
		s, err := here(func() (int, error) { return len(batch), insert(target, table, batch) })
		if err != nil {
			return total, err
		}
		total.wall += s.wall
		total.cpu += s.cpu
	}
	return total, nil
}

// take reads up to n rows.
func take(rows *sql.Rows, n int) (batch [][]any, err error) {
	columns, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	for len(batch) < n && rows.Next() {
		row, into := make([]any, len(columns)), make([]any, len(columns))
		for i := range row {
			into[i] = &row[i]
		}
		if err := rows.Scan(into...); err != nil {
			return nil, err
		}
		batch = append(batch, row)
	}
	return batch, rows.Err()
}

func insert(db *sql.DB, table string, batch [][]any) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	defer tx.Rollback()
	stmt, err := tx.Prepare(`INSERT INTO ` + table + ` VALUES (?` + strings.Repeat(`, ?`, len(batch[0])-1) + `)`)
	if err != nil {
		return err
	}
	defer stmt.Close()
	for _, row := range batch {
		if _, err := stmt.Exec(row...); err != nil {
			return err
		}
	}
	return tx.Commit()
}
