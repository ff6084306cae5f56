// Certificates, keys and requests through Node: pki.js LIST, answered as in pki.go.
//
// TLS servers and clients are held against their CA in a handshake, so OpenSSL looks at the whole path. Of others each
// signature is verified.
'use strict';
const crypto = require('crypto'), fs = require('fs'), path = require('path'), tls = require('tls');

const read = (file) => fs.readFileSync(file, 'utf8');
const certificates = (file) =>
  (read(file).match(/-----BEGIN CERTIFICATE[^]*?-----END CERTIFICATE-----\n/g) || []).map((pem) => new crypto.X509Certificate(pem));

function signatures(root, between, file) {
  const chain = [file, between, root].flatMap(certificates);
  chain.forEach((subject, at) => {
    const issuer = chain[Math.min(at + 1, chain.length - 1)];
    if (!subject.checkIssued(issuer) || !subject.verify(issuer.publicKey)) throw new Error('the signature of ' + subject.subject);
  });
}

function handshake(purpose, root, between, file, name, crls, key) {
  key = read(key);
  const own = { key, cert: read(file) + read(between) };
  const trust = { ca: read(root), ...(crls !== '-' && { crl: read(crls).match(/-----BEGIN[^]*?-----END X509 CRL-----\n/g) }) };
  const isServer = purpose === 'server';
  const theirs = { key: read(process.argv[3]), cert: read(process.argv[4]) };
  return new Promise((resolve, reject) => {
    const server = tls.createServer(isServer ? own : { ...theirs, ...trust, requestCert: true, rejectUnauthorized: true }, (socket) => {
      if (!isServer) resolve();
      socket.end();
    });
    server.on('tlsClientError', (error) => { if (!isServer) reject(error); });
    server.listen(0, '127.0.0.1', () => {
      const options = isServer ? { ...trust, servername: name } : { ...own, rejectUnauthorized: false };
      const client = tls.connect({ host: '127.0.0.1', port: server.address().port, ...options }, () => { if (isServer) resolve(); client.end(); });
      client.on('error', (error) => { if (isServer) reject(error); });
      client.resume();
    });
    const end = () => server.close();
    server.on('connection', (socket) => socket.on('close', end));
  });
}

async function answer(purpose, root, between, file, name, crls, key) {
  if (purpose === 'key') return void crypto.createPrivateKey(read(file));
  if (purpose === 'csr' || purpose === 'crl') return false;
  if (purpose === 'p12') return void tls.createSecureContext({ pfx: fs.readFileSync(file), passphrase: 'changeit' });
  if (purpose === 'server' || purpose === 'client') return handshake(purpose, root, between, file, name, crls, key);
  signatures(root, between, file);
}

(async () => {
  for (const line of read(process.argv[2]).split('\n').slice(0, -1)) {
    try {
      console.log((await answer(...line.split('\t'))) === false ? 'unable' : 'ok');
    } catch (error) {
      console.log('no ' + [error.code, error.reason, error.message].join(' ').replace(/\s+/g, ' '));
    }
  }
})();
