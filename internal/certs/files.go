package certs

import (
	"crypto"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

const (
	caName  = "ca.pem"
	keyName = "ca-key.pem"
)

// maker makes what a new CA needs.
type maker struct {
	key  func() (crypto.Signer, error)
	cert func(crypto.Signer) (der []byte, err error)
}

// inMemory makes a CA that no file holds.
func (m maker) inMemory() (*ca, error) {
	key, err := m.key()
	if err != nil {
		return nil, err
	}
	der, err := m.cert(key)
	if err != nil {
		return nil, err
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("read back the CA certificate: %w", err)
	}
	return &ca{cert: cert, key: key, chain: []*x509.Certificate{cert}, remedy: "restart to have a new CA made"}, nil
}

// stored reads the CA in dir, or makes it there. The key is written before the
// certificate and each file appears complete or not at all, so a crash in between
// and several processes starting at once all end with one matching pair.
func (m maker) stored(dir string) (*ca, error) {
	certFile, keyFile := filepath.Join(dir, caName), filepath.Join(dir, keyName)
	remedy := fmt.Sprintf("delete %s and %s to have a new CA made, then trust the new %s wherever the old one was trusted",
		certFile, keyFile, caName)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the folder for the local CA: %w; make its parent writable or choose another data folder", err)
	}
	if exists(certFile) && !exists(keyFile) {
		return nil, fmt.Errorf("%s is there but its key %s is not; put the key back, or %s", certFile, keyFile, remedy)
	}
	if err := ensure(keyFile, 0o600, m.keyPEM); err != nil {
		return nil, err
	}
	key, err := readKey(keyFile)
	if err != nil {
		return nil, fmt.Errorf("%w; repair it, or %s", err, remedy)
	}
	if err := ensure(certFile, 0o644, func() ([]byte, error) { return m.certPEM(key) }); err != nil {
		return nil, err
	}
	return readCA(certFile, keyFile, remedy)
}

func (m maker) keyPEM() ([]byte, error) {
	key, err := m.key()
	if err != nil {
		return nil, err
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, fmt.Errorf("encode the CA's key: %w", err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), nil
}

func (m maker) certPEM(key crypto.Signer) ([]byte, error) {
	der, err := m.cert(key)
	if err != nil {
		return nil, err
	}
	return encodeCert(der), nil
}

// readCA reads a CA from its two files.
func readCA(certFile, keyFile, remedy string) (*ca, error) {
	chain, err := readCerts(certFile)
	if err != nil {
		return nil, fmt.Errorf("%w; repair it, or %s", err, remedy)
	}
	key, err := readKey(keyFile)
	if err != nil {
		return nil, fmt.Errorf("%w; repair it, or %s", err, remedy)
	}
	public, ok := key.Public().(interface{ Equal(crypto.PublicKey) bool })
	if !ok || !public.Equal(chain[0].PublicKey) {
		return nil, fmt.Errorf("the key in %s does not belong to the CA certificate in %s; %s", keyFile, certFile, remedy)
	}
	return &ca{cert: chain[0], key: key, chain: chain, file: certFile, remedy: remedy}, nil
}

func readCerts(file string) ([]*x509.Certificate, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read the CA certificate: %w", err)
	}
	var chain []*x509.Certificate
	for block, rest := pem.Decode(data); block != nil; block, rest = pem.Decode(rest) {
		if block.Type != "CERTIFICATE" {
			continue
		}
		cert, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("the CA certificate file %s is damaged: %w", file, err)
		}
		chain = append(chain, cert)
	}
	if len(chain) == 0 {
		return nil, fmt.Errorf("the CA certificate file %s holds no certificate in PEM form", file)
	}
	return chain, nil
}

func readKey(file string) (crypto.Signer, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read the CA's key: %w", err)
	}
	for block, rest := pem.Decode(data); block != nil; block, rest = pem.Decode(rest) {
		if block.Type == "CERTIFICATE" || block.Type == "EC PARAMETERS" {
			continue
		}
		key, err := parseKey(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("the CA key file %s is damaged or encrypted: %w", file, err)
		}
		return key, nil
	}
	return nil, fmt.Errorf("the CA key file %s holds no private key in PEM form", file)
}

// parseKey reads the encodings that openssl, mkcert and step write.
func parseKey(der []byte) (crypto.Signer, error) {
	if key, err := x509.ParseECPrivateKey(der); err == nil {
		return key, nil
	}
	if key, err := x509.ParsePKCS1PrivateKey(der); err == nil {
		return key, nil
	}
	key, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return nil, err
	}
	signer, ok := key.(crypto.Signer)
	if !ok {
		return nil, fmt.Errorf("a %T cannot sign", key)
	}
	return signer, nil
}

func exists(file string) bool {
	_, err := os.Stat(file)
	return err == nil
}

// ensure writes what create returns into file unless the file is there already.
func ensure(file string, mode fs.FileMode, create func() ([]byte, error)) error {
	if exists(file) {
		return nil
	}
	data, err := create()
	if err != nil {
		return err
	}
	if err := publish(file, mode, data); err != nil {
		return fmt.Errorf("write %s: %w; make its folder writable or choose another data folder", file, err)
	}
	return nil
}

// publish makes file appear with all of data, unless a faster process made it.
func publish(file string, mode fs.FileMode, data []byte) error {
	tmp, err := writeTemp(file, mode, data)
	if err != nil {
		return err
	}
	defer os.Remove(tmp)
	err = os.Link(tmp, file) // unlike a rename it replaces nothing
	if err == nil || errors.Is(err, fs.ErrExist) {
		return nil
	}
	return os.Rename(tmp, file) // a file system without hard links
}

func writeTemp(file string, mode fs.FileMode, data []byte) (name string, err error) {
	tmp, err := os.CreateTemp(filepath.Dir(file), filepath.Base(file)+".*.tmp")
	if err != nil {
		return "", err
	}
	_, err = tmp.Write(data)
	err = errors.Join(err, tmp.Chmod(mode), tmp.Sync(), tmp.Close())
	if err != nil {
		os.Remove(tmp.Name())
	}
	return tmp.Name(), err
}
