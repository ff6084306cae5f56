// Certificates and keys through Java's PKIX: Pki LIST, answered as in pki.go.

import java.io.*;
import java.nio.file.*;
import java.security.*;
import java.security.cert.*;
import java.security.spec.*;
import java.util.*;

class Pki {
    static final CertificateFactory FACTORY;

    static {
        try {
            FACTORY = CertificateFactory.getInstance("X.509");
        } catch (CertificateException error) {
            throw new AssertionError(error);
        }
    }

    static final Map<String, String> USAGES = Map.of(
            "server", "1.3.6.1.5.5.7.3.1", "client", "1.3.6.1.5.5.7.3.2", "code", "1.3.6.1.5.5.7.3.3",
            "email", "1.3.6.1.5.5.7.3.4", "ocsp", "1.3.6.1.5.5.7.3.9");

    static List<X509Certificate> certificates(String file) throws Exception {
        var found = new ArrayList<X509Certificate>();
        try (var in = new BufferedInputStream(new FileInputStream(file))) {
            for (var certificate : FACTORY.generateCertificates(in)) found.add((X509Certificate) certificate);
        }
        return found;
    }

    static void path(String purpose, String root, String between, String file, String name, String crls) throws Exception {
        var leaf = certificates(file).get(0);
        var anchor = certificates(root).get(0);
        var chain = new ArrayList<X509Certificate>(List.of(leaf));
        chain.addAll(certificates(between));
        if (leaf.equals(anchor)) {
            // PKIX takes an anchor as it is, so its signature is looked at here.
            leaf.verify(leaf.getPublicKey());
            chain.clear();
        }
        var use = new X509CertSelector();
        if (USAGES.containsKey(purpose)) use.setExtendedKeyUsage(Set.of(USAGES.get(purpose)));
        if (!use.match(leaf)) throw new CertPathValidatorException("not the purpose");
        var named = new X509CertSelector();
        if (!name.equals("-")) named.addSubjectAlternativeName(2, name);
        if (!named.match(leaf)) throw new CertPathValidatorException("not the name");
        var parameters = new PKIXParameters(Set.of(new TrustAnchor(anchor, null)));
        parameters.setRevocationEnabled(!crls.equals("-"));
        if (!crls.equals("-")) {
            try (var in = new FileInputStream(crls)) {
                var lists = new CollectionCertStoreParameters(FACTORY.generateCRLs(in));
                parameters.addCertStore(CertStore.getInstance("Collection", lists));
            }
        }
        CertPathValidator.getInstance("PKIX").validate(FACTORY.generateCertPath(chain), parameters);
    }

    static void key(String file) throws Exception {
        var base64 = Files.readString(Path.of(file)).replaceAll("-----.*-----", "");
        var spec = new PKCS8EncodedKeySpec(Base64.getMimeDecoder().decode(base64));
        var name = Path.of(file).getFileName().toString();
        var algorithm = name.startsWith("rsa") ? "RSA" : name.startsWith("ed") ? "Ed25519" : name.startsWith("p") ? "EC" : "ML-DSA";
        KeyFactory.getInstance(algorithm).generatePrivate(spec);
    }

    static void crl(String issuer, String file) throws Exception {
        try (var in = new FileInputStream(file)) {
            ((X509CRL) FACTORY.generateCRL(in)).verify(certificates(issuer).get(0).getPublicKey());
        }
    }

    static void p12(String file, String leaf) throws Exception {
        var password = "changeit".toCharArray();
        var store = KeyStore.getInstance("PKCS12");
        try (var in = new FileInputStream(file)) {
            store.load(in, password);
        }
        if (store.getKey("a.test", password) == null) throw new KeyStoreException("there is no key");
        if (!store.getCertificate("a.test").equals(certificates(leaf).get(0))) throw new KeyStoreException("another certificate");
    }

    public static void main(String[] arguments) throws Exception {
        for (var line : Files.readAllLines(Path.of(arguments[0]))) {
            var f = line.split("\t");
            try {
                switch (f[0]) {
                    case "key" -> key(f[3]);
                    case "crl" -> crl(f[2], f[3]);
                    case "p12" -> p12(f[3], f[1]);
                    case "csr" -> {
                        System.out.println("unable");
                        continue;
                    }
                    default -> path(f[0], f[1], f[2], f[3], f[4], f[5]);
                }
                System.out.println("ok");
            } catch (Exception error) {
                System.out.println("no " + error.toString().replaceAll("\\s+", " "));
            }
        }
    }
}
