package users_test

import (
	"fmt"
	"testing"

	"github.com/nightclerk/nightclerk/internal/store"
	"github.com/nightclerk/nightclerk/internal/store/storetest"
	"github.com/nightclerk/nightclerk/users"
)

// benchEach runs a benchmark on both engines.
func benchEach(b *testing.B, fn func(b *testing.B, db *store.Store)) {
	opts := store.Options{Schemas: []store.Schema{users.Schema}}
	b.Run("sqlite", func(b *testing.B) { fn(b, storetest.Open(b, storetest.SQLite(b, opts))) })
	b.Run("postgres", func(b *testing.B) { fn(b, storetest.Open(b, storetest.Postgres(b, opts))) })
}

const benchBatch = 1000

var (
	firstNames = []string{"Alice", "Bob", "Carol", "Dave", "Eve", "Frank", "Grace", "Heidi", "Ivan", "Judy"}
	lastNames  = []string{"Brown", "Davies", "Johnson", "Jones", "Robinson", "Smith", "Taylor", "Williams", "Wilson", "Wright"}
)

// fillBatch makes the n-th thousand users.
func fillBatch(b *testing.B, db *store.Store, h *users.Hasher, n int) {
	b.Helper()
	list := make([]users.CreateParams, benchBatch)
	for k := range list {
		i := n*benchBatch + k
		first, last := firstNames[i%10], fmt.Sprint(lastNames[i/10%10], n)
		p := users.CreateParams{FirstName: &first, LastName: &last, Password: new("correct-horse-battery"),
			EmailAddress: []string{fmt.Sprintf("%s.%s.%d@example.com", first, last, i)}}
		if err := p.Prepare(h); err != nil {
			b.Fatal(err)
		}
		list[k] = p
	}
	err := db.Write(b.Context(), ins, func(tx *store.Tx) error {
		_, err := users.CreateMany(tx, users.DefaultRules(), list)
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
}

// BenchmarkCreateMany makes a thousand users per transaction.
func BenchmarkCreateMany(b *testing.B) {
	benchEach(b, func(b *testing.B, db *store.Store) {
		h := &users.Hasher{}
		n := 0
		for b.Loop() {
			fillBatch(b, db, h, n)
			n++
		}
		b.ReportMetric(float64(n*benchBatch)/b.Elapsed().Seconds(), "users/s")
	})
}

// BenchmarkLists asks a hundred thousand users what the console and the SDKs
// ask.
func BenchmarkLists(b *testing.B) {
	benchEach(b, func(b *testing.B, db *store.Store) {
		h := &users.Hasher{}
		for n := range 100 {
			fillBatch(b, db, h, n)
		}
		for _, q := range []struct {
			name string
			f    users.Filter
		}{
			{"newest", users.Filter{}},
			{"page of 500", users.Filter{Limit: new(int64(500))}},
			{"by e-mail address", users.Filter{OrderBy: "email_address"}},
			{"offset 90000", users.Filter{Offset: new(int64(90000))}},
			{"query=smith9", users.Filter{Query: "smith9"}},
			{"query=alice", users.Filter{Query: "alice"}},
			{"query=example.com", users.Filter{Query: "example.com"}},
			{"query=lice, a scan", users.Filter{Query: "lice.smith50"}},
			{"query=nobody", users.Filter{Query: "nobody"}},
			{"email_address_query", users.Filter{EmailAddressQuery: "lice.smith50"}},
		} {
			b.Run(q.name+"/list", func(b *testing.B) {
				for b.Loop() {
					benchRead(b, db, func(tx *store.Tx) (err error) {
						_, err = users.List(tx, users.DefaultRules(), q.f)
						return err
					})
				}
			})
			b.Run(q.name+"/count", func(b *testing.B) {
				for b.Loop() {
					benchRead(b, db, func(tx *store.Tx) (err error) {
						_, err = users.Count(tx, q.f)
						return err
					})
				}
			})
		}
	})
}

func benchRead(b *testing.B, db *store.Store, fn func(tx *store.Tx) error) {
	if err := db.Read(b.Context(), ins, fn); err != nil {
		b.Fatal(err)
	}
}
