package ui

import (
	"encoding/json"
	"html/template"
	"net/http"

	"github.com/nightclerk/nightclerk/internal/store"
	"github.com/nightclerk/nightclerk/users"
)

// metadata is one of the three kinds; JSON is empty when there is none.
type metadata struct {
	Name, About, Field string
	JSON               template.HTML
}

func metadataOf(u *users.User) []metadata {
	out := []metadata{
		{Name: "Public", About: "everyone reads, servers write", Field: "public_metadata"},
		{Name: "Private", About: "servers alone", Field: "private_metadata"},
		{Name: "Unsafe", About: "the user writes too", Field: "unsafe_metadata"},
	}
	for i, raw := range []json.RawMessage{u.PublicMetadata(), u.PrivateMetadata(), u.UnsafeMetadata()} {
		if string(raw) != "{}" {
			out[i].JSON = prettyJSON(raw)
		}
	}
	return out
}

// editMetadata implements GET /users/{id}/metadata.
func (c *console) editMetadata(call *call) (reply, error) {
	return call.metadataForm(nil, http.StatusOK)
}

// metadataForm shows the form as it was sent, nil for what is stored.
func (c *call) metadataForm(f *form, status int) (reply, error) {
	data := &userFormData{Form: f}
	err := c.read(func(tx *store.Tx) error {
		u, err := users.Get(tx, c.live.Rules(), c.PathValue("id"))
		if err != nil {
			return err
		}
		data.Row = c.userRow(u)
		if f == nil {
			data.Form = newForm(nil)
			data.Form.set("public_metadata", indented(u.PublicMetadata()))
			data.Form.set("private_metadata", indented(u.PrivateMetadata()))
			data.Form.set("unsafe_metadata", indented(u.UnsafeMetadata()))
		}
		return nil
	})
	return show("metadata", "Metadata of "+data.Row.Name, data).status(status), err
}

var saidMetadata = says("metadata-saved", "The metadata was saved and user.updated was emitted.")

// updateMetadata implements POST /users/{id}/metadata.
func (c *console) updateMetadata(call *call) (reply, error) {
	f, id := newForm(call.PostForm), call.PathValue("id")
	p := users.MetadataParams{PublicMetadata: f.jsonObject("public_metadata"),
		PrivateMetadata: f.jsonObject("private_metadata"), UnsafeMetadata: f.jsonObject("unsafe_metadata")}
	err := call.write(func(tx *store.Tx) error {
		_, err := users.ReplaceMetadata(tx, call.live.Rules(), id, p)
		return f.unless(err)
	})
	if err := f.take(err); err != nil {
		return nil, err
	}
	if f.Failed() {
		return call.metadataForm(f, http.StatusUnprocessableEntity)
	}
	return redirect{call.to("/users", id), saidMetadata}, nil
}
