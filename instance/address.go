package instance

import "context"

type slugKey struct{}

// WithSlug returns a context that says which instance a request's host or path
// names; "" for none.
func WithSlug(ctx context.Context, slug string) context.Context {
	return context.WithValue(ctx, slugKey{}, slug)
}

// SlugOf is the instance that the request's host or path names, "" for none.
func SlugOf(ctx context.Context) string {
	slug, _ := ctx.Value(slugKey{}).(string)
	return slug
}

// Addressed is the instance that the request's host or path names, the default
// one when they name none. An unknown slug is an error, never a fallback.
func (r *Registry) Addressed(ctx context.Context) (*Live, error) {
	slug := SlugOf(ctx)
	if slug == "" {
		slug = DefaultSlug
	}
	return r.BySlug(ctx, slug)
}

// Portal is the base of the hosted sign-in pages: over TLS where the key's host
// puts them, else over plain HTTP, so that a browser that was never told of the
// certificate is not sent to it.
func (l *Live) Portal(tls bool) string {
	if tls {
		return "https://" + l.Addresses.KeyHost + KeyPath
	}
	return l.Addresses.Backend
}
