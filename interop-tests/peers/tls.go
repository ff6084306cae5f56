// TLS through Go's standard library, as a client or as a server: tls client|server name=value ...
//
// One JSON object a line, one for each connection; a server first says its port. The names are those of `Ask` in
// interop-tests/src/tls/ask.rs.

// Outside a module Go behaves as it did years ago: without post-quantum groups, for one.
//
//go:debug default=go1.27
package main

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"time"
)

var (
	role string
	ask  = map[string]string{}
)

func number(name string) int {
	n, err := strconv.Atoi(ask[name])
	must(err)
	return n
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func config() *tls.Config {
	version := map[string]uint16{"1.2": tls.VersionTLS12, "1.3": tls.VersionTLS13}[ask["version"]]
	made := &tls.Config{
		MinVersion: version, MaxVersion: version, ServerName: ask["name"],
		ClientSessionCache: tls.NewLRUClientSessionCache(8),
	}
	if path := ask["ca"]; path != "" {
		pem, err := os.ReadFile(path)
		must(err)
		made.RootCAs = x509.NewCertPool()
		made.RootCAs.AppendCertsFromPEM(pem)
		made.ClientCAs = made.RootCAs
	}
	if ask["cert"] != "" {
		pair, err := tls.LoadX509KeyPair(ask["cert"], ask["key"])
		must(err)
		made.Certificates = []tls.Certificate{pair}
	}
	if ask["alpn"] != "" {
		made.NextProtos = strings.Split(ask["alpn"], ",")
	}
	made.ClientAuth = map[string]tls.ClientAuthType{
		"optional": tls.VerifyClientCertIfGiven, "required": tls.RequireAndVerifyClientCert,
	}[ask["client_auth"]]
	return made
}

// Lines of 16 bytes, each with its offset: a block that was lost or swapped shows.
func content() []byte {
	var text bytes.Buffer
	for at := 0; at < number("bytes"); at += 16 {
		fmt.Fprintf(&text, "%015d\n", at)
	}
	return text.Bytes()[:number("bytes")]
}

func send(conn *tls.Conn) error {
	whole, piece := content(), number("piece")
	for at := 0; at < len(whole); at += piece {
		if _, err := conn.Write(whole[at:min(at+piece, len(whole))]); err != nil {
			return err
		}
	}
	return nil
}

func receive(conn *tls.Conn) error {
	whole := content()
	got := make([]byte, len(whole))
	if _, err := io.ReadFull(conn, got); err != nil {
		return err
	}
	if !bytes.Equal(got, whole) {
		return errors.New("other bytes came than were sent")
	}
	return nil
}

func talk(conn *tls.Conn, seen map[string]any) error {
	conn.SetDeadline(time.Now().Add(50 * time.Second))
	if err := conn.Handshake(); err != nil {
		return err
	}
	state := conn.ConnectionState()
	seen["version"] = strings.Replace(tls.VersionName(state.Version), " ", "v", 1)
	seen["cipher"] = tls.CipherSuiteName(state.CipherSuite)
	seen["group"] = state.CurveID.String()
	seen["alpn"] = state.NegotiatedProtocol
	seen["resumed"] = state.DidResume
	if role == "server" {
		seen["name"] = state.ServerName
	}
	if len(state.PeerCertificates) > 0 {
		seen["peer"] = state.PeerCertificates[0].Subject.String()
		seen["key"] = state.PeerCertificates[0].PublicKeyAlgorithm.String()
	}
	steps := []func(*tls.Conn) error{receive, send}
	if role == "client" {
		steps = []func(*tls.Conn) error{send, receive}
	}
	for _, step := range steps {
		if err := step(conn); err != nil {
			return err
		}
	}
	seen["content"] = true
	if ask["closes"] == "first" {
		if err := conn.CloseWrite(); err != nil {
			return err
		}
	}
	// io.EOF is close_notify; an end without it is io.ErrUnexpectedEOF.
	if n, err := conn.Read(make([]byte, 1)); err != io.EOF {
		return fmt.Errorf("instead of close_notify: %d bytes, %v", n, err)
	}
	seen["clean"] = true
	return conn.Close()
}

func connection(conn *tls.Conn) {
	seen := map[string]any{}
	if err := talk(conn, seen); err != nil {
		seen["error"] = err.Error()
	}
	conn.Close()
	must(json.NewEncoder(os.Stdout).Encode(seen))
}

func main() {
	role = os.Args[1]
	for _, pair := range os.Args[2:] {
		name, value, _ := strings.Cut(pair, "=")
		ask[name] = value
	}
	made := config()
	if role == "client" {
		for range number("connections") {
			raw, err := net.Dial("tcp", "127.0.0.1:"+ask["port"])
			must(err)
			connection(tls.Client(raw, made))
		}
		return
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(err)
	fmt.Printf("{\"port\":%d}\n", listener.Addr().(*net.TCPAddr).Port)
	for range number("connections") {
		raw, err := listener.Accept()
		must(err)
		connection(tls.Server(raw, made))
	}
}
