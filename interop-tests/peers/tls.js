// TLS through Node, as a client or as a server: node tls.js client|server name=value ...
//
// One JSON object a line, one for each connection; a server first says its port. The names are those of `Ask` in
// interop-tests/src/tls/ask.rs.
'use strict';
const fs = require('node:fs');
const tls = require('node:tls');
const { constants } = require('node:crypto');

const role = process.argv[2];
const ask = Object.fromEntries(process.argv.slice(3).map((pair) => {
  const at = pair.indexOf('=');
  return [pair.slice(0, at), pair.slice(at + 1)];
}));
const bytes = Number(ask.bytes);
const piece = Number(ask.piece);
const print = (object) => console.log(JSON.stringify(object));

function options() {
  const made = { minVersion: `TLSv${ask.version}`, maxVersion: `TLSv${ask.version}` };
  if (ask.ca) made.ca = fs.readFileSync(ask.ca);
  if (ask.cert) Object.assign(made, { cert: fs.readFileSync(ask.cert), key: fs.readFileSync(ask.key) });
  if (ask.alpn) made.ALPNProtocols = ask.alpn.split(',');
  if (role === 'server') {
    made.requestCert = ask.client_auth !== 'off';
    made.rejectUnauthorized = ask.client_auth === 'required';
    if (ask.resumption === 'stateful') made.secureOptions = constants.SSL_OP_NO_TICKET;
  }
  return made;
}

// Lines of 16 bytes, each with its offset: a block that was lost or swapped shows.
function content(length) {
  let text = '';
  for (let at = 0; at < length; at += 16) text += `${String(at).padStart(15, '0')}\n`;
  return Buffer.from(text).subarray(0, length);
}

// Talks over one connection, and prints what it saw when that has closed.
function talk(socket, seen, closed) {
  const whole = content(bytes);
  let got = [];
  let length = 0;
  const send = () => {
    for (let at = 0; at < bytes; at += piece) socket.write(whole.subarray(at, at + piece));
  };
  const ready = () => {
    seen.version = socket.getProtocol();
    seen.cipher = socket.getCipher().standardName;
    seen.group = socket.getEphemeralKeyInfo?.()?.name;
    seen.alpn = socket.alpnProtocol || null;
    seen.resumed = socket.isSessionReused();
    seen.peer = socket.getPeerCertificate()?.subject?.CN;
    if (role === 'server') seen.name = socket.servername || null;
    if (role === 'client') send();
  };
  socket.setNoDelay(true);
  socket.setTimeout(50_000, () => socket.destroy(new Error('50 s of silence')));
  if (role === 'client') socket.once('secureConnect', ready);
  else ready();
  socket.on('data', (data) => {
    got.push(data);
    length += data.length;
    if (length < bytes) return;
    if (!Buffer.concat(got).equals(whole)) return socket.destroy(new Error('other bytes came than were sent'));
    seen.content = true;
    if (role === 'server') send();
    if (ask.closes === 'first') socket.end();
  });
  // Node ends in the same way with and without close_notify: `clean` stays unsaid.
  socket.on('end', () => { seen.ended = true; socket.end(); });
  socket.on('error', (error) => { seen.error ??= `${error.code}: ${error.message}`; });
  socket.on('close', () => { print(seen); closed(); });
}

function client(left, session) {
  if (left === 0) return;
  const socket = tls.connect({
    ...options(), host: '127.0.0.1', port: Number(ask.port), servername: ask.name, session,
  });
  socket.on('session', (ticket) => { session = ticket; });
  talk(socket, {}, () => client(left - 1, session));
}

function server(left) {
  const listener = tls.createServer(options());
  const sessions = new Map();
  if (ask.resumption === 'stateful') {
    listener.on('newSession', (id, data, done) => { sessions.set(id.toString('hex'), data); done(); });
    listener.on('resumeSession', (id, done) => done(null, sessions.get(id.toString('hex')) ?? null));
  }
  const closed = () => { left -= 1; if (left === 0) listener.close(); };
  listener.on('secureConnection', (socket) => talk(socket, {}, closed));
  listener.on('tlsClientError', (error) => { print({ error: `${error.code}: ${error.message}` }); closed(); });
  listener.listen(0, '127.0.0.1', () => print({ port: listener.address().port }));
}

const connections = Number(ask.connections);
if (role === 'client') client(connections, undefined);
else server(connections);
