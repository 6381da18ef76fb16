package backendapi

import (
	"github.com/nightclerk/nightclerk/internal/apierr"
	"github.com/nightclerk/nightclerk/users"
)

// Limits of Clerk's lists.
const (
	defaultLimit = 10
	maxLimit     = 500
)

// page is the two parameters of every list.
type page struct {
	limit, offset int
}

func newPage(limit, offset *int) (page, error) {
	p := page{limit: defaultLimit}
	if limit != nil {
		p.limit = *limit
	}
	if offset != nil {
		p.offset = *offset
	}
	return p, apierr.Join(p.checkLimit(), p.checkOffset())
}

func (p page) checkLimit() *apierr.Error {
	switch {
	case p.limit < 1:
		return apierr.FormInvalidParameterFormat("limit", "It must be between 1 and 500.")
	case p.limit > maxLimit:
		return apierr.FormParameterValueTooLarge("limit", maxLimit)
	}
	return nil
}

func (p page) checkOffset() *apierr.Error {
	if p.offset < 0 {
		return apierr.FormInvalidParameterFormat("offset", "It must not be negative.")
	}
	return nil
}

// cut returns the page of a list that was read whole.
func cut[T any](p page, list []T) []T {
	from := min(p.offset, len(list))
	return list[from:min(from+p.limit, len(list))]
}

// paginated is the answer of a list that was asked for with paginated=true.
type paginated[T any] struct {
	Data       []T   `json:"data"`
	TotalCount int64 `json:"total_count"`
}

// totalCount is Clerk's TotalCount.
type totalCount struct {
	Object     string `json:"object"`
	TotalCount int64  `json:"total_count"`
}

// mapped spells every item of a list.
func mapped[T, J any](list []T, spell func(T) J) []J {
	out := make([]J, len(list))
	for i, item := range list {
		out[i] = spell(item)
	}
	return out
}

// deleted is Clerk's DeletedObject.
type deleted = users.DeletedJSON
