package store_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/nightclerk/nightclerk/internal/store"
	"github.com/nightclerk/nightclerk/internal/store/storetest"
)

// BenchmarkWrite is one durable insert; in parallel, many share a commit.
func BenchmarkWrite(b *testing.B) {
	for _, writers := range []int{1, 64} {
		b.Run(fmt.Sprintf("writers=%d", writers), func(b *testing.B) {
			db := storetest.Open(b, storetest.SQLite(b, options()))
			var n atomic.Int64
			b.SetParallelism(writers)
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					id := fmt.Sprint(n.Add(1))
					if err := db.Write(context.Background(), ins, func(tx *store.Tx) error { return insert(tx, id) }); err != nil {
						b.Error(err)
					}
				}
			})
		})
	}
}

// BenchmarkRead is one row by its key.
func BenchmarkRead(b *testing.B) {
	db := storetest.Open(b, storetest.SQLite(b, options()))
	if err := db.Write(context.Background(), ins, func(tx *store.Tx) error { return insert(tx, "a") }); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		err := db.Read(context.Background(), ins, func(tx *store.Tx) error {
			var n int64
			return tx.QueryRow(`SELECT n FROM thing WHERE instance_id = $1 AND id = $2`, ins, "a").Scan(&n)
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}
