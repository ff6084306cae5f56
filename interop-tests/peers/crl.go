// A CRL through Go's standard library: crl root.pem crl.pem
//
// It says the number of the CRL, and a line to each entry: serial number and reason. It fails unless the root signed it.
package main

import (
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os"
)

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func read(file string) []byte {
	text, err := os.ReadFile(file)
	must(err)
	block, _ := pem.Decode(text)
	return block.Bytes
}

func main() {
	root, err := x509.ParseCertificate(read(os.Args[1]))
	must(err)
	crl, err := x509.ParseRevocationList(read(os.Args[2]))
	must(err)
	must(crl.CheckSignatureFrom(root))
	fmt.Println(crl.Number)
	for _, entry := range crl.RevokedCertificateEntries {
		fmt.Printf("%x %d\n", entry.SerialNumber, entry.ReasonCode)
	}
}
