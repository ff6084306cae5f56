// Certificates, keys and requests through Go's standard library: pki LIST
//
// A line of the list is `purpose root between file name crls key` with tabs, the key that of the file. For each it says a line: `ok`, `no WHY` or `unable`.
package main

import (
	"bufio"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"strings"
)

func blocks(file string) (found [][]byte) {
	text, _ := os.ReadFile(file)
	for {
		var block *pem.Block
		if block, text = pem.Decode(text); block == nil {
			return
		}
		found = append(found, block.Bytes)
	}
}

func certificates(file string) (found []*x509.Certificate, err error) {
	for _, der := range blocks(file) {
		certificate, err := x509.ParseCertificate(der)
		if err != nil {
			return nil, err
		}
		found = append(found, certificate)
	}
	return
}

var usages = map[string]x509.ExtKeyUsage{
	"server": x509.ExtKeyUsageServerAuth, "client": x509.ExtKeyUsageClientAuth, "email": x509.ExtKeyUsageEmailProtection,
	"code": x509.ExtKeyUsageCodeSigning, "ocsp": x509.ExtKeyUsageOCSPSigning, "any": x509.ExtKeyUsageAny,
}

func path(purpose, root, between, file, name, crls string) error {
	options := x509.VerifyOptions{Roots: x509.NewCertPool(), Intermediates: x509.NewCertPool()}
	options.KeyUsages = []x509.ExtKeyUsage{usages[purpose]}
	if name != "-" {
		options.DNSName = name
	}
	roots, err := certificates(root)
	if err != nil {
		return err
	}
	cas, err := certificates(between)
	if err != nil {
		return err
	}
	leaf, err := certificates(file)
	if err != nil {
		return err
	}
	options.Roots.AddCert(roots[0])
	for _, ca := range cas {
		options.Intermediates.AddCert(ca)
	}
	chains, err := leaf[0].Verify(options)
	if err != nil || crls == "-" {
		return err
	}
	// Verify knows no CRLs, so its path is held against them here.
	lists := blocks(crls)
	for i, certificate := range chains[0][:len(chains[0])-1] {
		list, err := x509.ParseRevocationList(lists[i])
		if err != nil {
			return err
		}
		if err := list.CheckSignatureFrom(chains[0][i+1]); err != nil {
			return err
		}
		for _, entry := range list.RevokedCertificateEntries {
			if entry.SerialNumber.Cmp(certificate.SerialNumber) == 0 {
				return errors.New("revoked")
			}
		}
	}
	return nil
}

func answer(fields []string) error {
	switch fields[0] {
	case "key":
		_, err := x509.ParsePKCS8PrivateKey(blocks(fields[3])[0])
		return err
	case "csr":
		request, err := x509.ParseCertificateRequest(blocks(fields[3])[0])
		if err != nil {
			return err
		}
		return request.CheckSignature()
	case "crl":
		list, err := x509.ParseRevocationList(blocks(fields[3])[0])
		if err != nil {
			return err
		}
		issuers, err := certificates(fields[2])
		if err != nil {
			return err
		}
		return list.CheckSignatureFrom(issuers[0])
	case "p12":
		return errUnable
	}
	return path(fields[0], fields[1], fields[2], fields[3], fields[4], fields[5])
}

// Its standard library reads no PKCS#12.
var errUnable = errors.New("unable")

func main() {
	list, err := os.Open(os.Args[1])
	if err != nil {
		panic(err)
	}
	lines := bufio.NewScanner(list)
	for lines.Scan() {
		if err := answer(strings.Split(lines.Text(), "\t")); err == errUnable {
			fmt.Println("unable")
		} else if err != nil {
			fmt.Println("no", strings.ReplaceAll(err.Error(), "\n", " "))
		} else {
			fmt.Println("ok")
		}
	}
}
