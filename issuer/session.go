package issuer

import (
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"
)

// SessionOptions is what an instance adds to its session tokens.
type SessionOptions struct {
	Claims   *Claims // custom claims, nil for none
	Audience string  // the claim aud: "convex" with Clerk's Convex integration, empty for no aud
}

// MintSession returns a session token in Clerk's version 2 format. s.Session must be set; the organization claims
// appear when both s.Organization and s.Membership are.
func MintSession(r Request, s *Subject, o SessionOptions) (string, error) {
	if s.Session == nil {
		return "", errors.New("session token: no session given: sign in first")
	}
	if r.Lifetime == 0 {
		r.Lifetime = sessionLifetime
	}
	claims, err := r.automatic(s.User.ID, sessionBackdating)
	if err != nil {
		return "", err
	}
	claims = append(claims, sessionClaims(s.Session)...)
	claims = append(claims, organizationClaims(s)...)
	if o.Claims != nil {
		claims = o.Claims.appendTo(claims, s)
	}
	if o.Audience != "" {
		claims = set(claims, str("aud", o.Audience))
	}
	payload, err := r.payload(claims)
	if err != nil {
		return "", err
	}
	return r.sign(r.Key.session, CategorySession, payload)
}

func sessionClaims(s *Session) []claim {
	status := s.Status
	if status == "" {
		status = "active"
	}
	claims := []claim{
		{"fva", fmt.Appendf(nil, "[%d,%d]", s.FactorVerificationAge[0], s.FactorVerificationAge[1])},
		str("sid", s.ID),
		str("sts", status),
		number("v", 2),
	}
	if act := rawValue(s.Actor); act.kind == raw {
		claims = append(claims, claim{"act", act.json})
	}
	return claims
}

// organizationClaims are "o" and, because its bitmask counts along them, "fea". Empty members are left out: the SDKs
// read a colon-less entry of fea as damage and sign the request out.
func organizationClaims(s *Subject) []claim {
	if s.Organization == nil || s.Membership == nil {
		return nil
	}
	p := encodePermissions(s.Membership.Permissions)
	o := []byte{'{'}
	add := func(name, value string) {
		if value == "" {
			return
		}
		if len(o) > 1 {
			o = append(o, ',')
		}
		o = appendString(append(appendString(o, name), ':'), value)
	}
	add("fpm", p.fpm)
	add("id", s.Organization.ID)
	add("per", p.per)
	add("rol", strings.TrimPrefix(s.Membership.Role, "org:"))
	if s.Organization.Slug != nil {
		add("slg", *s.Organization.Slug)
	}
	claims := []claim{{"o", append(o, '}')}}
	if p.fea != "" {
		claims = append(claims, str("fea", p.fea))
	}
	return claims
}

// permissions is a set of permissions in the form of a version 2 token: fpm's i-th number belongs to the i-th "o:"
// entry of fea, and its bit j, least significant first, to the j-th entry of per.
type permissions struct {
	fea, per, fpm string
}

// encodePermissions takes keys like "org:posts:manage". System permissions are never in tokens; anything else that is
// not org:<feature>:<permission> cannot be expressed and is left out.
func encodePermissions(keys []string) permissions {
	granted := map[[2]string]bool{}
	var features, names []string
	for _, key := range keys {
		parts := strings.Split(key, ":")
		if len(parts) != 3 || parts[0] != "org" || parts[1] == "" || parts[2] == "" || strings.HasPrefix(parts[1], "sys_") {
			continue
		}
		granted[[2]string{parts[1], parts[2]}] = true
		features, names = append(features, parts[1]), append(names, parts[2])
	}
	features, names = distinct(features), distinct(names)
	var scoped, masks []string
	for _, feature := range features {
		mask := new(big.Int) // more than 64 permissions are legal
		for bit, name := range names {
			if granted[[2]string{feature, name}] {
				mask.SetBit(mask, bit, 1)
			}
		}
		scoped, masks = append(scoped, "o:"+feature), append(masks, mask.String())
	}
	return permissions{strings.Join(scoped, ","), strings.Join(names, ","), strings.Join(masks, ",")}
}

func distinct(items []string) []string {
	slices.Sort(items)
	return slices.Compact(items)
}
