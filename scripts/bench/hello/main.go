// Command hello is what the emulator is measured against: the least that a Go
// program needs to answer HTTP. It answers every request with the same bytes.
package main

import (
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"strconv"
)

func main() {
	body := flag.String("body", "", "file whose bytes are the answer; without one it is \"hello\"")
	flag.Parse()
	if err := serve(*body); err != nil {
		fmt.Fprintln(os.Stderr, "hello:", err)
		os.Exit(1)
	}
}

// serve prints the address it answers at as JSON, as the emulator does.
func serve(file string) error {
	answer := []byte("hello")
	if file != "" {
		var err error
		if answer, err = os.ReadFile(file); err != nil {
			return err
		}
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Printf("{\"backend_api_url\":\"http://%s\"}\n", l.Addr())
	return http.Serve(l, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Length", strconv.Itoa(len(answer)))
		w.Write(answer)
	}))
}
