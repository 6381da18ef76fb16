package webhooks

import (
	"bufio"
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"os"
	"os/exec"
	"testing"
)

// nodeScript answers each line [original, canonical] of stdin with
// [what JSON.stringify(JSON.parse()) makes of canonical, whether both mean the same].
const nodeScript = `
const sorted = v => Array.isArray(v) ? v.map(sorted) : v && typeof v === 'object'
  ? Object.fromEntries(Object.keys(v).sort().map(k => [k, sorted(v[k])])) : v;
const meaning = s => JSON.stringify(sorted(JSON.parse(s)));
require('readline').createInterface({input: process.stdin}).on('line', line => {
  const [original, canonical] = JSON.parse(line);
  console.log(JSON.stringify([JSON.stringify(JSON.parse(canonical)), meaning(original) === meaning(canonical)]));
});`

// TestCanonicalAgainstNode lets a real JavaScript engine judge the bytes.
func TestCanonicalAgainstNode(t *testing.T) {
	node, err := exec.LookPath("node")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("node is not on PATH: install Node.js, CI must compare canonical bodies with a JavaScript engine")
		}
		t.Skip("SKIPPED: node is not on PATH, canonical bodies were not compared with a JavaScript engine")
	}
	originals, input := nodeCorpus(t)
	cmd := exec.Command(node, "-e", nodeScript)
	cmd.Stdin, cmd.Stderr = input, os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(bytes.NewReader(out))
	for _, original := range originals {
		if !lines.Scan() {
			t.Fatal("node answered fewer lines than it was given")
		}
		checkNodeAnswer(t, original, lines.Bytes())
	}
}

func nodeCorpus(t *testing.T) (originals []string, input *bytes.Buffer) {
	r := rand.New(rand.NewPCG(3, 4))
	for _, c := range canonicalCases {
		originals = append(originals, c.in)
	}
	for range 3000 {
		originals = append(originals, randomJSON(r, 4))
	}
	input = new(bytes.Buffer)
	for _, original := range originals {
		canonical, err := Canonical([]byte(original))
		if err != nil {
			t.Fatal(err)
		}
		line, _ := json.Marshal([]string{original, string(canonical)})
		input.Write(append(line, '\n'))
	}
	return originals, input
}

func checkNodeAnswer(t *testing.T, original string, answer []byte) {
	t.Helper()
	var got []any
	if err := json.Unmarshal(answer, &got); err != nil {
		t.Fatal(err)
	}
	canonical, _ := Canonical([]byte(original))
	if got[0] != string(canonical) {
		t.Errorf("%q: we write %q, JavaScript writes %q", original, canonical, got[0])
	}
	if got[1] != true {
		t.Errorf("%q: %q means something else to JavaScript", original, canonical)
	}
}
