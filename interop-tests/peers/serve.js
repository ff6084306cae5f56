// HTTP/1.1 through Node, as a server: node serve.js [cert=chain.pem key=key.pem]
//
// It says its port in a line, and serves until it is killed. What it serves is in interop-tests/tests/http_client/main.rs.
'use strict';
const fs = require('node:fs');

const ask = Object.fromEntries(process.argv.slice(2).map((pair) => {
  const at = pair.indexOf('=');
  return [pair.slice(0, at), pair.slice(at + 1)];
}));
const secured = ask.cert && { cert: fs.readFileSync(ask.cert), key: fs.readFileSync(ask.key) };

// Lines of 16 bytes, each with its offset: a block that was lost or swapped shows.
function content(length) {
  const made = Buffer.alloc(length);
  for (let at = 0; at < length; at += 16) made.write(`${String(at).padStart(15, '0')}\n`, at);
  return made;
}

function serve(request, response) {
  const [, name, length] = request.url.split('/');
  response.setHeader('x-port', String(request.socket.remotePort));
  switch (name) {
    case 'length': {
      const made = content(Number(length));
      response.setHeader('content-length', made.length);
      return response.end(made);
    }
    case 'chunked':
      response.setHeader('trailer', 'x-sum');
      response.write(content(Number(length)));
      response.addTrailers({ 'x-sum': '42' });
      return response.end();
    case 'close':
      // Without framing, so that the end of the connection is that of the content.
      response.setHeader('connection', 'close');
      response.removeHeader('transfer-encoding');
      response.write(content(Number(length)));
      return response.end();
    case 'echo': {
      const coding = request.headers['transfer-encoding'];
      response.setHeader('x-framing', coding || `length ${request.headers['content-length']}`);
      request.pipe(response);
      return request;
    }
    case 'hints':
      return response.writeEarlyHints({ link: '</a>; rel=preload' }, () => response.end('hinted'));
    case 'moved':
      response.writeHead(302, { connection: 'close', location: '/length/5', 'content-length': 0 });
      return response.end();
    case 'refuse':
      response.writeHead(413, { connection: 'close', 'content-length': 2 });
      return response.end('no');
    default:
      response.statusCode = 404;
      return response.end();
  }
}

const server = secured
  ? require('node:https').createServer(secured, serve)
  : require('node:http').createServer(serve);
// Otherwise Node answers for itself; this waits for the content instead.
server.on('checkContinue', (request, response) => {
  if (request.url.startsWith('/refuse')) return serve(request, response);
  response.writeContinue();
  return serve(request, response);
});
server.listen(0, '127.0.0.1', () => console.log(`port ${server.address().port}`));
