// Node's own HTTPS server, as its documentation sets it up: the same site as the other servers of `tls`.
//
//     node tls.js FOLDER BYTES
//
// FOLDER has the certificate and its key, BYTES is the length of /bulk.

"use strict";

const fs = require("node:fs");
const https = require("node:https");
const path = require("node:path");

const [folder, bulkBytes] = process.argv.slice(2);
const piece = Buffer.alloc(64 * 1024);

const server = https.createServer({
  cert: fs.readFileSync(path.join(folder, "chain.pem")),
  key: fs.readFileSync(path.join(folder, "key.pem")),
});

server.on("request", (request, response) => {
  if (request.url === "/bulk") {
    bulk(response, Number(bulkBytes));
  } else if (request.method === "POST") {
    request.on("data", () => {});
    request.on("end", () => hello(response));
  } else {
    hello(response);
  }
});

function hello(response) {
  const body = "Hello, World!";
  response.writeHead(200, { "content-type": "text/plain", "content-length": body.length });
  response.end(body);
}

function bulk(response, left) {
  response.writeHead(200, { "content-type": "text/plain", "content-length": left });
  const write = () => {
    while (left > 0) {
      const next = left < piece.length ? piece.subarray(0, left) : piece;
      left -= next.length;
      if (!response.write(next)) {
        response.once("drain", write);
        return;
      }
    }
    response.end();
  };
  write();
}

// As long as the other servers are told: five seconds would close idle connections while others are still opened.
server.keepAliveTimeout = 3_600_000;
server.listen(0, "127.0.0.1", () => {
  const { address, port } = server.address();
  console.log(`${address}:${port}`);
});
