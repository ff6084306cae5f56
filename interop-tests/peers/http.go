// HTTP/1.1 through Go's standard library, as a client: http url=http://localhost:1 [ca=root.crt]
//
// One JSON object a line: the name of a scenario, and what the client saw of it. What it should see is in
// interop-tests/tests/http_server/clients.rs.

//go:debug default=go1.27
package main

import (
	"bytes"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

var (
	ask    = map[string]string{}
	client *http.Client
)

func must(err error) {
	if err != nil {
		panic(err)
	}
}

// Lines of 16 bytes, each with its offset: a block that was lost or swapped shows.
func content(length int) []byte {
	var made bytes.Buffer
	for at := 0; at < length; at += 16 {
		fmt.Fprintf(&made, "%015d\n", at)
	}
	return made.Bytes()[:length]
}

func describe(content []byte) string {
	if len(content) <= 200 {
		return string(content)
	}
	return fmt.Sprintf("%d bytes %x", len(content), sha256.Sum256(content))
}

// A body whose length Go does not know, and which tells how much of it was taken.
type stream struct {
	inner io.Reader
	taken atomic.Int64
}

func (s *stream) Read(into []byte) (int, error) {
	n, err := s.inner.Read(into)
	s.taken.Add(int64(n))
	return n, err
}

func request(method, path string, body io.Reader) *http.Request {
	made, err := http.NewRequest(method, ask["url"]+path, body)
	must(err)
	return made
}

// The status and the content, or that there was an error.
func saw(request *http.Request) string {
	response, err := client.Do(request)
	if err != nil {
		return "error: " + err.Error()
	}
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	if err != nil {
		return fmt.Sprintf("%d cut", response.StatusCode)
	}
	said := fmt.Sprintf("%d %s", response.StatusCode, describe(content))
	for name, values := range response.Trailer {
		said += ", " + strings.ToLower(name) + ": " + strings.Join(values, "|")
	}
	return said
}

func expecting(path string, body *stream) string {
	asked := request("POST", path, body)
	asked.Header.Set("Expect", "100-continue")
	continued := ""
	trace := &httptrace.ClientTrace{Got100Continue: func() { continued = "100, " }}
	said := saw(asked.WithContext(httptrace.WithClientTrace(asked.Context(), trace)))
	return fmt.Sprintf("%s%s, %d sent", continued, said, body.taken.Load())
}

func kept() string {
	seen := map[string]bool{}
	for range 5 {
		seen[saw(request("GET", "/connection", nil))] = true
	}
	return fmt.Sprintf("%d connection", len(seen))
}

func head() string {
	response, err := client.Do(request("HEAD", "/bytes/1000", nil))
	must(err)
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	must(err)
	return fmt.Sprintf("%d, %d bytes announced, %d came", response.StatusCode, response.ContentLength, len(content))
}

func trailersUp() string {
	asked := request("POST", "/digest", &stream{inner: strings.NewReader("hello")})
	asked.Trailer = http.Header{"X-Sum": {"5"}}
	return saw(asked)
}

func trailersDown() string {
	asked := request("GET", "/pieces", nil)
	asked.Header.Set("TE", "trailers")
	return saw(asked)
}

func cookies() string {
	response, err := client.Do(request("GET", "/fields", nil))
	must(err)
	response.Body.Close()
	return strings.Join(response.Header.Values("Set-Cookie"), "|")
}

func many(count int, one func() string) string {
	results := make([]string, count)
	var all sync.WaitGroup
	for at := range results {
		all.Add(1)
		go func() {
			defer all.Done()
			results[at] = one()
		}()
	}
	all.Wait()
	same := 0
	for _, result := range results {
		if result == results[0] {
			same++
		}
	}
	return fmt.Sprintf("%d of %d: %s", same, count, results[0])
}

func main() {
	for _, pair := range os.Args[1:] {
		name, value, _ := strings.Cut(pair, "=")
		ask[name] = value
	}
	transport := &http.Transport{ExpectContinueTimeout: time.Minute, Proxy: nil}
	if path := ask["ca"]; path != "" {
		pem, err := os.ReadFile(path)
		must(err)
		roots := x509.NewCertPool()
		roots.AppendCertsFromPEM(pem)
		transport.TLSClientConfig = &tls.Config{RootCAs: roots}
	}
	client = &http.Client{Transport: transport, Timeout: 50 * time.Second}
	mebibyte := content(1 << 20)
	get := func(path string) string { return saw(request("GET", path, nil)) }
	post := func(path string, body io.Reader) string { return saw(request("POST", path, body)) }
	for _, scenario := range []struct {
		name string
		run  func() string
	}{
		{"get", func() string { return get("/hello") }},
		{"head", head},
		{"post empty", func() string { return post("/digest", nil) }},
		{"post length", func() string { return post("/digest", bytes.NewReader(mebibyte)) }},
		{"post chunked", func() string { return post("/digest", &stream{inner: bytes.NewReader(mebibyte)}) }},
		{"echo", func() string { return post("/echo", &stream{inner: bytes.NewReader(mebibyte)}) }},
		{"get length", func() string { return get("/bytes/1000000") }},
		{"get chunked", func() string { return get("/stream/1000000") }},
		{"trailers up", trailersUp},
		{"trailers down", trailersDown},
		{"expect", func() string { return expecting("/digest", &stream{inner: strings.NewReader("hello")}) }},
		{"expect refused", func() string { return expecting("/refuse", &stream{inner: strings.NewReader("hello")}) }},
		{"204", func() string { return get("/status/204") }},
		{"205", func() string { return get("/status/205") }},
		{"304", func() string { return get("/status/304") }},
		{"404", func() string { return get("/status/404") }},
		{"599", func() string { return get("/status/599") }},
		{"cut", func() string { return get("/fail") }},
		{"kept", kept},
		{"cookies", cookies},
		{"parallel", func() string { return many(50, func() string { return get("/hello") }) }},
		{"refused upload", func() string {
			upload := content(20_000_000)
			return many(20, func() string { return post("/refuse", bytes.NewReader(upload)) })
		}},
	} {
		must(json.NewEncoder(os.Stdout).Encode(map[string]string{"name": scenario.name, "saw": scenario.run()}))
	}
}
