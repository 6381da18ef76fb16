package listen

import (
	"context"
	"errors"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"
)

type listenFunc func(ctx context.Context, network, addr string) (net.Listener, error)

// machine returns a listen function that fails for some networks.
func machine(fails map[string]error) listenFunc {
	return func(ctx context.Context, network, addr string) (net.Listener, error) {
		if err := fails[network]; err != nil {
			return nil, &net.OpError{Op: "listen", Net: network, Err: os.NewSyscallError("bind", err)}
		}
		return new(net.ListenConfig).Listen(ctx, network, addr)
	}
}

func TestStartWithOneFamilyOnly(t *testing.T) {
	for name, fails := range map[string]map[string]error{
		"IPv6 address absent":  {"tcp6": syscall.EADDRNOTAVAIL},
		"IPv6 not in kernel":   {"tcp6": syscall.EAFNOSUPPORT},
		"IPv4 not on loopback": {"tcp4": syscall.EADDRNOTAVAIL},
	} {
		t.Run(name, func(t *testing.T) {
			if fails["tcp4"] != nil {
				needIPv6(t)
			}
			bound, err := binder{listen: machine(fails), log: quiet()}.bind(t.Context(), "localhost:0")
			if err != nil {
				t.Fatal(err)
			}
			s := serve(t, bound, time.Hour, echo)
			if len(s.Addrs()) != 1 || s.Port() == 0 || !s.LoopbackOnly() {
				t.Errorf("bound %v", s.Addrs())
			}
			s.mustWork(t)
		})
	}
}

func TestNoFamilyAtAll(t *testing.T) {
	fails := map[string]error{"tcp4": syscall.EADDRNOTAVAIL, "tcp6": syscall.EAFNOSUPPORT}
	_, err := binder{listen: machine(fails), log: quiet()}.bind(t.Context(), "localhost:0")
	if err == nil || !strings.Contains(err.Error(), "no such address") {
		t.Errorf("got %v", err)
	}
}

func needIPv6(t *testing.T) {
	t.Helper()
	ln, err := net.Listen("tcp6", "[::1]:0")
	if err != nil {
		t.Skipf("this machine has no IPv6: %v", err)
	}
	ln.Close()
}

func TestPortZeroIsOnePortOnBothFamilies(t *testing.T) {
	needIPv6(t)
	s := open(t, "localhost:0", time.Hour, echo)
	addrs := s.Addrs()
	if len(addrs) != 2 {
		t.Fatalf("bound %v, want both families", addrs)
	}
	for i, host := range []string{"127.0.0.1", "::1"} {
		addr := addrs[i].(*net.TCPAddr)
		if addr.IP.String() != host || addr.Port != s.Port() || addr.Port == 0 {
			t.Errorf("bound %v, want %s with port %d", addr, host, s.Port())
		}
	}
}

// takenAtFirst plays a machine where the port chosen on IPv4 is taken on IPv6.
func takenAtFirst(times int, chosen *[]string) listenFunc {
	return func(ctx context.Context, network, addr string) (net.Listener, error) {
		if network == "tcp6" && len(*chosen) < times {
			*chosen = append(*chosen, addr)
			return nil, os.NewSyscallError("bind", syscall.EADDRINUSE)
		}
		return new(net.ListenConfig).Listen(ctx, network, addr)
	}
}

func TestPortZeroLooksForAnother(t *testing.T) {
	needIPv6(t)
	var chosen []string
	bound, err := binder{listen: takenAtFirst(3, &chosen), log: quiet()}.bind(t.Context(), "localhost:0")
	if err != nil {
		t.Fatal(err)
	}
	closeAll(bound)
	if len(bound) != 2 || portOf(bound[0]) != portOf(bound[1]) {
		t.Errorf("bound %v", bound)
	}

	chosen = nil
	_, err = binder{listen: takenAtFirst(1<<20, &chosen), log: quiet()}.bind(t.Context(), "localhost:0")
	if taken := new(PortTakenError); !errors.As(err, &taken) {
		t.Errorf("gave up with %v", err)
	}
}

func TestPortTaken(t *testing.T) {
	for _, host := range []string{"127.0.0.1", "::1"} {
		t.Run(host, func(t *testing.T) {
			if host == "::1" {
				needIPv6(t)
			}
			other, err := net.Listen("tcp", net.JoinHostPort(host, "0"))
			if err != nil {
				t.Fatal(err)
			}
			defer other.Close()
			_, port, _ := net.SplitHostPort(other.Addr().String())
			_, err = Listen(t.Context(), "localhost:"+port, nil, nil)
			var taken *PortTakenError
			if !errors.As(err, &taken) || taken.Addr != other.Addr().String() || !errors.Is(err, syscall.EADDRINUSE) {
				t.Fatalf("got %v, want a PortTakenError for %s", err, other.Addr())
			}
			if !strings.Contains(err.Error(), "--listen localhost:0") {
				t.Errorf("%q does not say what to do", err)
			}
			other.Close()
			l, err := Listen(t.Context(), "localhost:"+port, nil, nil)
			if err != nil {
				t.Fatalf("the failed start kept a socket: %v", err)
			}
			l.Close()
		})
	}
}

func TestAddressForms(t *testing.T) {
	for _, tc := range []struct {
		addr     string
		reach    []string
		loopback bool
	}{
		{"127.0.0.1:0", []string{"127.0.0.1"}, true},
		{"[::1]:0", []string{"::1"}, true},
		{"acme.LOCALHOST:0", []string{"127.0.0.1", "::1"}, true},
		{"0.0.0.0:0", []string{"127.0.0.1"}, false},
		{"[::]:0", []string{"127.0.0.1", "::1"}, false},
		{":0", []string{"127.0.0.1", "::1"}, false},
	} {
		t.Run(tc.addr, func(t *testing.T) {
			needIPv6(t)
			s := open(t, tc.addr, time.Hour, echo)
			if s.LoopbackOnly() != tc.loopback {
				t.Errorf("LoopbackOnly %v for %v", s.LoopbackOnly(), s.Addrs())
			}
			_, port, _ := net.SplitHostPort(s.Addr().String())
			for _, host := range tc.reach {
				get(t, s.client(t, true), "https://"+net.JoinHostPort(host, port), "HTTP/2.0 tls=true")
			}
		})
	}
}

func TestIPv4WildcardIsIPv4Only(t *testing.T) {
	needIPv6(t)
	s := open(t, "0.0.0.0:0", time.Hour, echo)
	_, port, _ := net.SplitHostPort(s.Addr().String())
	if conn, err := net.Dial("tcp", net.JoinHostPort("::1", port)); err == nil {
		conn.Close()
		t.Error("0.0.0.0 answers on ::1")
	}
}

func TestUnusableAddress(t *testing.T) {
	for addr, want := range map[string]string{
		"":                 "write host:port",
		"4545":             "write host:port",
		"localhost":        "write host:port",
		"localhost:":       "write host:port",
		"localhost:99999":  "write an address",
		"203.0.113.9:4545": "no such address",
	} {
		l, err := Listen(t.Context(), addr, nil, nil)
		if err == nil {
			l.Close()
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %q", addr, err, want)
		}
	}
}

func TestPrivilegedPort(t *testing.T) {
	b := binder{listen: machine(map[string]error{"tcp4": syscall.EACCES}), log: quiet()}
	if _, err := b.bind(t.Context(), "localhost:443"); err == nil || !strings.Contains(err.Error(), "above 1023") {
		t.Errorf("got %v", err)
	}
}
