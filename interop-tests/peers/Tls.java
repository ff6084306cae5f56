// TLS through Java's standard library, as a client or as a server: java Tls client|server name=value ...
//
// One JSON object a line, one for each connection; a server first says its port. The names are those of `Ask` in
// interop-tests/src/tls/ask.rs.

import java.io.EOFException;
import java.io.FileInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;

public class Tls {
    static final Map<String, String> ask = new HashMap<>();
    static boolean client;

    static int number(String name) {
        return Integer.parseInt(ask.get(name));
    }

    static Certificate[] certificates(String path) throws Exception {
        try (var file = new FileInputStream(path)) {
            return CertificateFactory.getInstance("X.509").generateCertificates(file).toArray(new Certificate[0]);
        }
    }

    static PrivateKey key(String path) throws Exception {
        String base64 = Files.readString(Path.of(path)).replaceAll("-----[^-]+-----|\\s", "");
        return KeyFactory.getInstance("EC").generatePrivate(new PKCS8EncodedKeySpec(Base64.getDecoder().decode(base64)));
    }

    static SSLContext context() throws Exception {
        var store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        var keys = KeyManagerFactory.getInstance("PKIX");
        if (ask.containsKey("cert")) {
            store.setKeyEntry("own", key(ask.get("key")), new char[0], certificates(ask.get("cert")));
        }
        keys.init(store, new char[0]);
        var trusted = KeyStore.getInstance("PKCS12");
        trusted.load(null, null);
        var trust = TrustManagerFactory.getInstance("PKIX");
        if (ask.containsKey("ca")) {
            for (Certificate root : certificates(ask.get("ca"))) {
                trusted.setCertificateEntry("root" + trusted.size(), root);
            }
            trust.init(trusted);
        }
        var made = SSLContext.getInstance("TLS");
        made.init(keys.getKeyManagers(), ask.containsKey("ca") ? trust.getTrustManagers() : null, null);
        return made;
    }

    static SSLParameters parameters(SSLParameters made) {
        made.setProtocols(new String[] {"TLSv" + ask.get("version")});
        if (ask.containsKey("alpn")) {
            made.setApplicationProtocols(ask.get("alpn").split(","));
        }
        if (client) {
            made.setServerNames(List.of(new SNIHostName(ask.get("name"))));
            made.setEndpointIdentificationAlgorithm("HTTPS");
        } else {
            made.setWantClientAuth(ask.get("client_auth").equals("optional"));
            if (ask.get("client_auth").equals("required")) {
                made.setNeedClientAuth(true);
            }
        }
        return made;
    }

    // Lines of 16 bytes, each with its offset: a block that was lost or swapped shows.
    static byte[] content() {
        var text = new StringBuilder();
        for (int at = 0; at < number("bytes"); at += 16) {
            text.append(String.valueOf(1_000_000_000_000_000L + at), 1, 16).append('\n');
        }
        return Arrays.copyOf(text.toString().getBytes(StandardCharsets.US_ASCII), number("bytes"));
    }

    static void send(SSLSocket socket) throws IOException {
        byte[] whole = content();
        int piece = number("piece");
        for (int at = 0; at < whole.length; at += piece) {
            socket.getOutputStream().write(whole, at, Math.min(piece, whole.length - at));
        }
    }

    static void receive(SSLSocket socket) throws IOException {
        byte[] whole = content();
        byte[] got = socket.getInputStream().readNBytes(whole.length);
        if (got.length < whole.length) {
            throw new EOFException(got.length + " of " + whole.length + " bytes came");
        }
        if (!Arrays.equals(got, whole)) {
            throw new IOException("other bytes came than were sent");
        }
    }

    static void talk(SSLSocket socket, Map<String, Object> seen) throws IOException {
        socket.setSoTimeout(50_000);
        socket.setTcpNoDelay(true);
        socket.startHandshake();
        var session = (ExtendedSSLSession) socket.getSession();
        seen.put("version", session.getProtocol());
        seen.put("cipher", session.getCipherSuite());
        seen.put("alpn", socket.getApplicationProtocol());
        try {
            seen.put("peer", ((X509Certificate) session.getPeerCertificates()[0]).getSubjectX500Principal().getName());
        } catch (SSLPeerUnverifiedException none) {
            // A client without a certificate.
        }
        if (!client && !session.getRequestedServerNames().isEmpty()) {
            seen.put("name", ((SNIHostName) session.getRequestedServerNames().get(0)).getAsciiName());
        }
        if (ask.get("key_update").equals("yes")) {
            // On a TLS 1.3 connection that stands, this is a key update of both directions.
            socket.startHandshake();
        }
        if (client) {
            send(socket);
            receive(socket);
        } else {
            receive(socket);
            send(socket);
        }
        seen.put("content", true);
        if (ask.get("closes").equals("first")) {
            socket.shutdownOutput();
        }
        // -1 is close_notify; an end without it is an exception.
        if (socket.getInputStream().read() != -1) {
            throw new IOException("more bytes came than were sent");
        }
        seen.put("clean", true);
        socket.close();
    }

    static void connection(SSLSocket socket) {
        var seen = new TreeMap<String, Object>();
        try (socket) {
            talk(socket, seen);
        } catch (IOException error) {
            seen.put("error", error.toString());
        }
        var json = new StringBuilder("{");
        seen.forEach((name, value) -> {
            String text = value instanceof Boolean ? value.toString()
                : "\"" + value.toString().replaceAll("[\"\\\\\\p{Cntrl}]", " ") + "\"";
            json.append(json.length() > 1 ? "," : "").append("\"" + name + "\":" + text);
        });
        System.out.println(json + "}");
    }

    public static void main(String[] args) throws Exception {
        client = args[0].equals("client");
        for (String pair : Arrays.asList(args).subList(1, args.length)) {
            ask.put(pair.substring(0, pair.indexOf('=')), pair.substring(pair.indexOf('=') + 1));
        }
        var here = InetAddress.getByAddress(new byte[] {127, 0, 0, 1});
        var made = context();
        if (client) {
            for (int i = 0; i < number("connections"); i++) {
                // By name, since the session cache has the peer's name and port as its key.
                var socket = (SSLSocket) made.getSocketFactory().createSocket(
                    new java.net.Socket(here, number("port")), ask.get("name"), number("port"), true);
                socket.setSSLParameters(parameters(socket.getSSLParameters()));
                connection(socket);
            }
            return;
        }
        var listener = (SSLServerSocket) made.getServerSocketFactory().createServerSocket(0, 8, here);
        listener.setSSLParameters(parameters(listener.getSSLParameters()));
        System.out.println("{\"port\":" + listener.getLocalPort() + "}");
        for (int i = 0; i < number("connections"); i++) {
            connection((SSLSocket) listener.accept());
        }
    }
}
