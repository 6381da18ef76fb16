package scenario

import (
	"fmt"
	"reflect"
	"strings"
	"unicode/utf8"
)

// MaxSize is the greatest size of a file in bytes.
const MaxSize = 64 << 20

// Parse reads a nightclerk.yaml, or the same as JSON, and checks it. The name is what messages call
// the file. The result holds what the file names and nothing else. An error is [Errors].
func Parse(name string, data []byte) (*File, error) {
	return parse(name, data, splitThreshold)
}

func parse(name string, data []byte, threshold int) (*File, error) {
	r := &report{file: name}
	if p := unreadable(data); p != nil {
		r.add(0, 0, "", *p)
		return nil, r.err()
	}
	r.text = lineBreaks.Replace(strings.TrimPrefix(string(data), "\ufeff"))
	reader := &yamlReader{report: r, anchors: map[string][]*node{}}
	var root *node
	if looksLikeJSON(r.text) {
		root = reader.rootJSON(r.text)
	} else {
		root = reader.root(r.text, threshold)
	}
	f := &File{}
	if root == nil {
		root = &node{}
	}
	b := &binder{report: r, reader: reader, instance: &scope{}, process: &scope{}}
	if len(r.errors) == 0 || root.kind == mapKind {
		b.bind(root, reflect.ValueOf(f).Elem(), &rule{})
	}
	if err := r.err(); err != nil {
		return nil, err
	}
	return f, nil
}

var lineBreaks = strings.NewReplacer("\r\n", "\n", "\r", "\n")

// unreadable says why bytes are no text, nil when they are.
func unreadable(data []byte) *problem {
	switch {
	case len(data) > MaxSize:
		return &problem{what: fmt.Sprintf("the file is larger than %d MiB", MaxSize>>20), expected: "less; import the rest through the Backend API"}
	case !utf8.Valid(data):
		return &problem{what: "the file is not UTF-8", expected: "UTF-8; save it with that encoding"}
	case strings.ContainsRune(string(data), 0):
		return &problem{what: "the file has zero bytes", expected: "a text file in UTF-8"}
	}
	return nil
}

// check holds what concerns more than one instance. It runs on the file after all instances.
func (f *File) check(b *binder, n *node) {
	f.Default.check(b, n)
	for slug, at := range n.get("instances").pairs() {
		i := f.Instances[slug.text]
		if i == nil {
			continue
		}
		if f.Default.SecretKey == "" && i.SecretKey == DefaultSecretKey {
			b.fail(at.get("secret_key"), problem{what: "this secret_key is the default instance's", expected: "a different one", secret: true})
		}
		if f.Default.ID == "" && i.ID == DefaultInstanceID {
			b.fail(at.get("id"), problem{what: "this id is the default instance's", expected: "a different one"})
		}
	}
}

func (i *Instance) check(b *binder, n *node) {
	b.process.once(b, "instance id", i.ID, n.get("id"))
	b.process.once(b, "secret_key", i.SecretKey, n.get("secret_key"))
	for k, item := range n.get("publishable_keys").items() {
		if k < len(i.PublishableKeys) {
			b.process.once(b, "publishable key", i.PublishableKeys[k], item)
		}
	}
}
