// Package listen knows how one port answers TLS and plain HTTP alike: it binds
// the addresses, looks at the first byte of every connection and hands out
// ready connections. A Listener is a net.Listener for http.Server.Serve:
//
//	l, err := listen.Listen(ctx, "localhost:4545", tlsConfig, log)
//	srv := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second}
//	err = srv.Serve(l)
//
// net/http speaks HTTP/2 on it as long as srv.TLSConfig stays nil (or names h2
// itself); ReadHeaderTimeout bounds the TLS handshake and everything else that
// follows the first byte, which alone is this package's concern.
//
// It must not know what is served, nor where certificates come from.
package listen
