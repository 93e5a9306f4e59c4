// One GET by Go's net/http: go-get URL  Says how it ended and after how many milliseconds.
package main

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"time"
)

func main() {
	// The C library's resolver keeps the order of /etc/hosts.
	resolver := &net.Resolver{PreferGo: false}
	dialer := &net.Dialer{Timeout: 3 * time.Second, Resolver: resolver}
	client := &http.Client{
		Timeout:   6 * time.Second,
		Transport: &http.Transport{DialContext: dialer.DialContext},
	}
	began := time.Now()
	end := get(client, os.Args[1])
	fmt.Printf("%s\t%d\n", end, time.Since(began).Milliseconds())
}

func get(client *http.Client, url string) string {
	answer, err := client.Get(url)
	if err == nil {
		defer answer.Body.Close()
		_, err = io.Copy(io.Discard, answer.Body)
	}
	if err == nil {
		return fmt.Sprintf("HTTP %d", answer.StatusCode)
	}
	// The innermost one: those around it tell ports, which differ each time.
	for inner := errors.Unwrap(err); inner != nil; inner = errors.Unwrap(inner) {
		err = inner
	}
	return err.Error()
}
