package scenario

import (
	"bytes"
	"encoding/json"
	"fmt"
	"testing"
)

// manyUsers is a file with n users as a migration script writes them.
func manyUsers(n int) []byte {
	var file bytes.Buffer
	file.WriteString("settings:\n  test_mode: true\nusers:\n")
	for i := range n {
		fmt.Fprintf(&file, `  - id: user_%027d
    external_id: ext-%d
    first_name: First%d
    last_name: "Last %d"
    email_addresses:
      - user%d@example.com
    public_metadata: {n: %d, plan: pro}
    created_at: 2024-01-02T03:04:05Z
`, i, i, i, i, i, i)
	}
	file.WriteString("session_issuer: issuer\n")
	return file.Bytes()
}

func manyUsersJSON(n int) []byte {
	users := make([]map[string]any, n)
	for i := range users {
		users[i] = map[string]any{
			"id": fmt.Sprintf("user_%027d", i), "external_id": fmt.Sprintf("ext-%d", i),
			"first_name": fmt.Sprintf("First%d", i), "last_name": fmt.Sprintf("Last %d", i),
			"email_addresses": []string{fmt.Sprintf("user%d@example.com", i)},
			"public_metadata": map[string]any{"plan": "pro", "n": i},
			"created_at":      "2024-01-02T03:04:05Z",
		}
	}
	data, _ := json.Marshal(map[string]any{"users": users, "settings": map[string]any{"test_mode": true}, "session_issuer": "issuer"})
	return data
}

func BenchmarkParse(b *testing.B) {
	for name, data := range map[string][]byte{"yaml": manyUsers(100_000), "json": manyUsersJSON(100_000)} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(data)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Parse("users", data); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
