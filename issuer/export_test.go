package issuer

// Done is closed once the pool's background work has ended.
func (p *Pool) Done() <-chan struct{} { return p.done }

// Payload is what MintTemplate signs, without the cost of signing.
func Payload(r Request, t *CompiledTemplate, s *Subject) ([]byte, error) {
	claims, err := r.automatic(s.User.ID, t.AllowedClockSkew)
	if err != nil {
		return nil, err
	}
	return r.payload(t.claims.appendTo(claims, s))
}
