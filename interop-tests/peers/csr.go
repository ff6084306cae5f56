// Certification requests through Go's standard library.
//
//	csr ask               makes a key and a request of each type in the current folder, and says its name on a line
//	csr use KEY CHAIN CA  serves with the key and chain, and visits itself as a client that trusts the CA
package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"net"
	"os"
)

func must[T any](value T, err error) T {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	return value
}

func write(file, label string, der []byte) {
	text := pem.EncodeToMemory(&pem.Block{Type: label, Bytes: der})
	must(0, os.WriteFile(file, text, 0600))
}

func ask(name string, key crypto.Signer) {
	template := x509.CertificateRequest{Subject: pkix.Name{CommonName: "a.test"}, DNSNames: []string{"a.test"}}
	write(name+".csr", "CERTIFICATE REQUEST", must(x509.CreateCertificateRequest(rand.Reader, &template, key)))
	write(name+".key", "PRIVATE KEY", must(x509.MarshalPKCS8PrivateKey(key)))
	fmt.Println(name)
}

func use(key, chain, ca string) {
	identity := must(tls.LoadX509KeyPair(chain, key))
	listener := must(tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{identity}}))
	go func() {
		connection := must(listener.Accept())
		connection.(*tls.Conn).Handshake()
		connection.Close()
	}()
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(must(os.ReadFile(ca)))
	raw := must(net.Dial("tcp", listener.Addr().String()))
	client := tls.Client(raw, &tls.Config{RootCAs: roots, ServerName: "a.test"})
	must(0, client.Handshake())
	state := client.ConnectionState()
	fmt.Println(state.PeerCertificates[0].DNSNames[0], "in", tls.VersionName(state.Version))
}

func main() {
	switch {
	case len(os.Args) == 5 && os.Args[1] == "use":
		use(os.Args[2], os.Args[3], os.Args[4])
	case len(os.Args) == 2 && os.Args[1] == "ask":
		ask("p256", must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader)))
		ask("p384", must(ecdsa.GenerateKey(elliptic.P384(), rand.Reader)))
		ask("p521", must(ecdsa.GenerateKey(elliptic.P521(), rand.Reader)))
		_, own, err := ed25519.GenerateKey(rand.Reader)
		ask("ed25519", must(own, err))
		ask("rsa2048", must(rsa.GenerateKey(rand.Reader, 2048)))
	default:
		os.Exit(2)
	}
}
