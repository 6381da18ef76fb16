package certs_test

import (
	"bytes"
	"crypto/x509"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"testing"

	"github.com/nightclerk/nightclerk/internal/certs"
)

func TestStoredCAIsKept(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	a := open(t, certs.Options{Dir: dir})
	b := open(t, certs.Options{Dir: dir})
	if !bytes.Equal(a.CAPEM(), b.CAPEM()) {
		t.Error("the second start made another CA")
	}
	if _, err := get(t, a, "localhost").Leaf.Verify(x509.VerifyOptions{Roots: pool(t, b.CAPEM())}); err != nil {
		t.Error(err)
	}
	onDisk, err := os.ReadFile(a.CAFile())
	if err != nil || !bytes.Equal(onDisk, a.CAPEM()) {
		t.Errorf("CAFile %q holds something else than CAPEM (%v)", a.CAFile(), err)
	}
	if runtime.GOOS == "windows" {
		return
	}
	for file, want := range map[string]fs.FileMode{".": 0o700 | fs.ModeDir, "ca-key.pem": 0o600} {
		info, err := os.Stat(filepath.Join(dir, file))
		if err != nil || info.Mode() != want {
			t.Errorf("%s has mode %v (%v), want %v", file, info.Mode(), err, want)
		}
	}
}

func TestCAInMemoryLeavesNoFile(t *testing.T) {
	t.Chdir(t.TempDir())
	a := open(t, certs.Options{})
	if a.CAFile() != "" {
		t.Errorf("CAFile %q", a.CAFile())
	}
	if files, _ := os.ReadDir("."); len(files) != 0 {
		t.Errorf("wrote %v", files)
	}
}

func TestManyProcessesMakeOneCA(t *testing.T) {
	dir := t.TempDir()
	pems := make([][]byte, 8)
	var wg sync.WaitGroup
	for i := range pems {
		wg.Go(func() {
			a, err := certs.Open(certs.Options{Dir: dir})
			if err != nil {
				t.Error(err)
				return
			}
			pems[i] = a.CAPEM()
		})
	}
	wg.Wait()
	for _, pem := range pems {
		if !bytes.Equal(pem, pems[0]) {
			t.Fatal("two CAs were made")
		}
	}
	files, _ := os.ReadDir(dir)
	if len(files) != 2 {
		t.Errorf("temporary files were left: %v", files)
	}
}

func TestCrashBetweenKeyAndCertificate(t *testing.T) {
	dir := t.TempDir()
	os.Remove(open(t, certs.Options{Dir: dir}).CAFile())
	a := open(t, certs.Options{Dir: dir})
	if _, err := get(t, a, "localhost").Leaf.Verify(x509.VerifyOptions{Roots: pool(t, a.CAPEM())}); err != nil {
		t.Error(err)
	}
}

func TestDamagedFilesAreNamed(t *testing.T) {
	other := t.TempDir()
	open(t, certs.Options{Dir: other})
	for _, tc := range []struct {
		name, file string
		damage     func(t *testing.T, file string)
	}{
		{"certificate cut off", "ca.pem", func(t *testing.T, file string) { write(t, file, read(t, file)[:100]) }},
		{"certificate empty", "ca.pem", func(t *testing.T, file string) { write(t, file, nil) }},
		{"certificate of another CA", "ca.pem", func(t *testing.T, file string) { write(t, file, read(t, filepath.Join(other, "ca.pem"))) }},
		{"certificate is no DER", "ca.pem", func(t *testing.T, file string) {
			write(t, file, []byte("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"))
		}},
		{"key gone", "ca-key.pem", func(t *testing.T, file string) { os.Remove(file) }},
		{"key is text", "ca-key.pem", func(t *testing.T, file string) { write(t, file, []byte("hello")) }},
		{"key is no DER", "ca-key.pem", func(t *testing.T, file string) {
			write(t, file, []byte("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"))
		}},
		{"key is a folder", "ca-key.pem", func(t *testing.T, file string) { os.Remove(file); os.Mkdir(file, 0o700) }},
	} {
		t.Run(tc.name, func(t *testing.T) {
			dir := t.TempDir()
			open(t, certs.Options{Dir: dir})
			file := filepath.Join(dir, tc.file)
			tc.damage(t, file)
			_, err := certs.Open(certs.Options{Dir: dir})
			wantError(t, err, file, "delete")
		})
	}
}

func TestUnwritableFolder(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	write(t, file, nil)
	_, err := certs.Open(certs.Options{Dir: filepath.Join(file, "data")})
	wantError(t, err, file, "choose another data folder")
}

func read(t *testing.T, file string) []byte {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func write(t *testing.T, file string, data []byte) {
	t.Helper()
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
}
