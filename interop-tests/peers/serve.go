// HTTP/1.1 through Go's standard library, as a server: serve [cert=chain.pem key=key.pem]
//
// It says its port in a line, and serves until it is killed. What it serves is in interop-tests/tests/http_client/main.rs.

//go:debug default=go1.27
package main

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
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

func serve(w http.ResponseWriter, r *http.Request) {
	words := strings.Split(r.URL.Path, "/")
	length := 0
	if len(words) > 2 {
		length, _ = strconv.Atoi(words[2])
	}
	_, port, _ := net.SplitHostPort(r.RemoteAddr)
	w.Header().Set("x-port", port)
	switch words[1] {
	case "length":
		w.Header().Set("content-length", strconv.Itoa(length))
		w.Write(content(length))
	case "chunked":
		w.Header().Set("trailer", "x-sum")
		w.WriteHeader(200)
		w.(http.Flusher).Flush()
		w.Write(content(length))
		w.Header().Set("x-sum", "42")
	case "close":
		// Without its own framing, so that the end of the connection is that of the content.
		conn, buffer, err := w.(http.Hijacker).Hijack()
		must(err)
		fmt.Fprintf(buffer, "HTTP/1.1 200 OK\r\nx-port: %s\r\nconnection: close\r\n\r\n", port)
		buffer.Write(content(length))
		buffer.Flush()
		conn.Close()
	case "echo":
		framing := "length " + strconv.FormatInt(r.ContentLength, 10)
		if len(r.TransferEncoding) > 0 {
			framing = r.TransferEncoding[0]
		}
		w.Header().Set("x-framing", framing)
		if r.Header.Get("expect") != "" {
			// Go would not keep the connection if it answered before.
			all, err := io.ReadAll(r.Body)
			must(err)
			w.Write(all)
			return
		}
		// The answer begins before the request has ended.
		must(http.NewResponseController(w).EnableFullDuplex())
		io.Copy(w, r.Body)
	case "hints":
		w.Header().Set("link", "</a>; rel=preload")
		w.WriteHeader(103)
		io.WriteString(w, "hinted")
	case "moved":
		w.Header().Set("connection", "close")
		w.Header().Set("location", "/length/5")
		w.WriteHeader(302)
	case "refuse":
		w.Header().Set("connection", "close")
		w.Header().Set("content-length", "2")
		w.WriteHeader(413)
		io.WriteString(w, "no")
	default:
		w.WriteHeader(404)
	}
}

func main() {
	ask := map[string]string{}
	for _, pair := range os.Args[1:] {
		name, value, _ := strings.Cut(pair, "=")
		ask[name] = value
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(err)
	fmt.Printf("port %d\n", listener.Addr().(*net.TCPAddr).Port)
	server := &http.Server{Handler: http.HandlerFunc(serve)}
	if ask["cert"] != "" {
		must(server.ServeTLS(listener, ask["cert"], ask["key"]))
	} else {
		must(server.Serve(listener))
	}
}
