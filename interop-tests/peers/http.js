// HTTP/1.1 through Node, as a client: node http.js url=http://localhost:1 [ca=root.crt]
//
// One JSON object a line: the name of a scenario, and what the client saw of it. What it should see is in
// interop-tests/tests/http_server/clients.rs.
'use strict';
const fs = require('node:fs');
const { createHash } = require('node:crypto');

const ask = Object.fromEntries(process.argv.slice(2).map((pair) => {
  const at = pair.indexOf('=');
  return [pair.slice(0, at), pair.slice(at + 1)];
}));
const http = require(ask.ca ? 'node:https' : 'node:http');
const ca = ask.ca && fs.readFileSync(ask.ca);
const agent = new http.Agent({ keepAlive: true });

// Lines of 16 bytes, each with its offset: a block that was lost or swapped shows.
function content(length) {
  let text = '';
  for (let at = 0; at < length; at += 16) text += `${String(at).padStart(15, '0')}\n`;
  return Buffer.from(text).subarray(0, length);
}

function describe(content) {
  if (content.length <= 200) return content.toString();
  return `${content.length} bytes ${createHash('sha256').update(content).digest('hex')}`;
}

// Makes a request; `send` writes its content and ends it. The response with its content, or an error.
function exchange(method, path, headers = {}, send = (request) => request.end()) {
  return new Promise((resolve) => {
    const request = http.request(ask.url + path, { method, headers, agent, ca, timeout: 50_000 });
    const seen = { request, continued: false, sent: 0 };
    request.on('continue', () => { seen.continued = true; });
    request.on('timeout', () => request.destroy(new Error('timeout')));
    request.on('error', (error) => resolve({ ...seen, error: error.message }));
    request.on('response', (response) => {
      const pieces = [];
      response.on('data', (piece) => pieces.push(piece));
      response.on('end', () => resolve({ ...seen, response, content: Buffer.concat(pieces), sent: seen.sent }));
      response.on('error', () => resolve({ ...seen, response, cut: true }));
    });
    send(request, seen);
  });
}

function told({ response, content, cut, error }) {
  if (!response) return `error: ${error}`;
  if (cut) return `${response.statusCode} cut`;
  const trailers = Object.entries(response.trailers).map(([name, value]) => `, ${name}: ${value}`);
  return `${response.statusCode} ${describe(content)}${trailers.join('')}`;
}

const saw = async (...request) => told(await exchange(...request));
const get = (path, headers) => saw('GET', path, headers);
const whole = (body) => (request) => request.end(body);
// Content in pieces; without a length, Node sends chunks.
const pieces = (body) => (request) => {
  for (let at = 0; at < body.length; at += 60_000) request.write(body.subarray(at, at + 60_000));
  request.end();
};

async function expecting(path) {
  const seen = await exchange('POST', path, { Expect: '100-continue' }, (request, seen) => {
    request.flushHeaders();
    request.on('continue', () => {
      seen.sent = 5;
      request.end('hello');
    });
  });
  seen.request.destroy();
  return `${seen.sent ? '100, ' : ''}${told(seen)}, ${seen.sent} sent`;
}

async function kept() {
  const seen = new Set();
  for (let turn = 0; turn < 5; turn += 1) seen.add(await get('/connection'));
  return `${seen.size} connection`;
}

async function head() {
  const { response, content } = await exchange('HEAD', '/bytes/1000');
  return `${response.statusCode}, ${response.headers['content-length']} bytes announced, ${content.length} came`;
}

async function many(count, one) {
  const results = await Promise.all(Array.from({ length: count }, one));
  return `${results.filter((result) => result === results[0]).length} of ${count}: ${results[0]}`;
}

function trailersUp(request) {
  request.write('hello');
  request.addTrailers({ 'X-Sum': '5' });
  request.end();
}

async function main() {
  const mebibyte = content(1 << 20);
  const upload = content(20_000_000);
  const length = (body) => ({ 'Content-Length': body.length });
  const scenarios = {
    get: () => get('/hello'),
    head,
    'post empty': () => saw('POST', '/digest'),
    'post length': () => saw('POST', '/digest', length(mebibyte), whole(mebibyte)),
    'post chunked': () => saw('POST', '/digest', {}, pieces(mebibyte)),
    echo: () => saw('POST', '/echo', {}, pieces(mebibyte)),
    'get length': () => get('/bytes/1000000'),
    'get chunked': () => get('/stream/1000000'),
    'trailers up': () => saw('POST', '/digest', { Trailer: 'X-Sum' }, trailersUp),
    'trailers down': () => get('/pieces', { TE: 'trailers' }),
    expect: () => expecting('/digest'),
    'expect refused': () => expecting('/refuse'),
    204: () => get('/status/204'),
    205: () => get('/status/205'),
    304: () => get('/status/304'),
    404: () => get('/status/404'),
    599: () => get('/status/599'),
    cut: () => get('/fail'),
    kept,
    cookies: async () => (await exchange('GET', '/fields')).response.headers['set-cookie'].join('|'),
    parallel: () => many(50, () => get('/hello')),
    'refused upload': () => many(20, () => saw('POST', '/refuse', length(upload), whole(upload))),
  };
  for (const [name, run] of Object.entries(scenarios)) console.log(JSON.stringify({ name, saw: await run() }));
  agent.destroy();
}

main();
