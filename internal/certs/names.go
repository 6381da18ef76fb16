package certs

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
)

// allowed is what certificates may be minted for: each DNS name with all its
// subdomains, as a DNS name constraint counts them, and the addresses.
type allowed struct {
	dns []string
	ips []netip.Addr
}

// loopback are the addresses that every CA made here permits.
var loopback = []netip.Prefix{
	netip.MustParsePrefix("127.0.0.0/8"),
	netip.MustParsePrefix("::1/128"),
}

// parseNames reads configured host names and IP addresses and puts localhost in
// front of them.
func parseNames(names []string) (allowed, error) {
	a := allowed{dns: []string{"localhost"}}
	for _, raw := range names {
		name := normal(strings.Trim(strings.TrimPrefix(raw, "*."), "[]"))
		if err := checkName(name); err != nil {
			return allowed{}, fmt.Errorf("host name %q cannot be put into a certificate: %w", raw, err)
		}
		a.add(name)
	}
	return a, nil
}

func (a *allowed) add(name string) {
	if a.covers(name) {
		return
	}
	if ip, err := netip.ParseAddr(name); err == nil {
		a.ips = append(a.ips, ip)
		return
	}
	a.dns = append(a.dns, name)
}

// covers reports whether a certificate may be minted for name, which is normal.
func (a allowed) covers(name string) bool {
	if ip, err := netip.ParseAddr(name); err == nil {
		return a.coversIP(ip)
	}
	return slices.ContainsFunc(a.dns, func(parent string) bool {
		return name == parent || strings.HasSuffix(name, "."+parent)
	})
}

func (a allowed) coversIP(ip netip.Addr) bool {
	return ip.IsLoopback() || slices.Contains(a.ips, ip)
}

// list returns every name and address, localhost first.
func (a allowed) list() []string {
	list := slices.Clone(a.dns)
	for _, ip := range a.ips {
		list = append(list, ip.String())
	}
	return list
}

// String is for messages to people.
func (a allowed) String() string { return strings.Join(a.list(), ", ") }

// ranges returns the IP name constraints of a CA for these names.
func (a allowed) ranges() []*net.IPNet {
	prefixes := slices.Clone(loopback)
	for _, ip := range a.ips {
		prefixes = append(prefixes, netip.PrefixFrom(ip, ip.BitLen()))
	}
	nets := make([]*net.IPNet, len(prefixes))
	for i, p := range prefixes {
		nets[i] = &net.IPNet{IP: p.Addr().AsSlice(), Mask: net.CIDRMask(p.Bits(), p.Addr().BitLen())}
	}
	return nets
}

// normal returns a DNS name or an IP address in the one spelling that is cached
// and put into certificates: lower case, no final dot, no zone.
func normal(name string) string {
	if ip, err := netip.ParseAddr(name); err == nil {
		return ip.Unmap().WithZone("").String()
	}
	return strings.ToLower(strings.TrimSuffix(name, "."))
}

// checkName refuses what is neither an address nor a DNS name that TLS libraries
// match against a certificate. The underscore is let through because compose
// service names may hold it.
func checkName(name string) error {
	if _, err := netip.ParseAddr(name); err == nil {
		return nil
	}
	if len(name) > 253 {
		return errors.New("it is longer than 253 characters; choose a shorter one")
	}
	for label := range strings.SplitSeq(name, ".") {
		if label == "" || len(label) > 63 {
			return errors.New("each part between dots needs 1 to 63 characters")
		}
		if strings.ContainsFunc(label, notHostRune) {
			return errors.New("write letters, digits, dots and hyphens only, without scheme, port or path " +
				"(international names in their xn-- form)")
		}
	}
	return nil
}

func notHostRune(r rune) bool {
	return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-' && r != '_'
}
