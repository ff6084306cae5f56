// Datagrams with Node's dgram:
//
//   echo HOST                  tells its port, and sends everything back
//   ask HOST PORT SIZE         sends one datagram, and says whether the answer is the same
//   hear                       tells its port, and says what comes first
//   member GROUP [SOURCE]      the same in a group on the loopback interface
//   tell GROUP PORT TEXT       sends to a group there, or to a broadcast address
'use strict';

const dgram = require('node:dgram');

const LOOPBACK = '127.0.0.1';

function bind(host, bound) {
  const socket = dgram.createSocket(host.includes(':') ? 'udp6' : 'udp4');
  socket.bind(0, host, () => bound(socket));
}

function tellPort(socket) {
  process.stdout.write(`${socket.address().port}\n`);
}

function hear(socket) {
  socket.on('message', (content) => {
    process.stdout.write(content);
    socket.close();
  });
  tellPort(socket);
}

const commands = {
  echo(host) {
    bind(host, (socket) => {
      socket.on('message', (content, client) => socket.send(content, client.port, client.address));
      tellPort(socket);
    });
  },
  ask(host, port, size) {
    const asked = Buffer.from(Array.from({ length: Number(size) }, (_, at) => at % 251));
    bind(host.includes(':') ? '::1' : LOOPBACK, (socket) => {
      socket.on('message', (answer) => {
        process.stdout.write(answer.equals(asked) ? 'same' : 'different');
        socket.close();
      });
      socket.send(asked, Number(port), host);
    });
  },
  hear() {
    bind('0.0.0.0', hear);
  },
  member(group, source) {
    bind('0.0.0.0', (socket) => {
      if (source === undefined) {
        socket.addMembership(group, LOOPBACK);
      } else {
        socket.addSourceSpecificMembership(source, group, LOOPBACK);
      }
      hear(socket);
    });
  },
  tell(host, port, text) {
    bind(LOOPBACK, (socket) => {
      socket.setMulticastInterface(LOOPBACK);
      socket.setBroadcast(true);
      socket.send(text, Number(port), host, () => socket.close());
    });
  },
};

const [command, ...args] = process.argv.slice(2);
commands[command](...args);
