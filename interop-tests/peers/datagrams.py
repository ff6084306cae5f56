"""Datagrams with Python's socket module; the commands are those of datagrams.js."""

import socket
import struct
import sys

LOOPBACK = socket.inet_aton("127.0.0.1")


def bind(host):
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_DGRAM)
    bound.settimeout(60)
    bound.bind((host, 0))
    return bound


def tell_port(bound):
    print(bound.getsockname()[1], flush=True)


def hear(bound):
    tell_port(bound)
    content, _ = bound.recvfrom(65535)
    sys.stdout.write(content.decode())


command, *args = sys.argv[1:]
if command == "echo":
    server = bind(args[0])
    tell_port(server)
    while True:
        content, client = server.recvfrom(65535)
        server.sendto(content, client)
elif command == "ask":
    host, port, size = args
    client = bind("::1" if ":" in host else "127.0.0.1")
    asked = bytes(at % 251 for at in range(int(size)))
    client.sendto(asked, (host, int(port)))
    answer, _ = client.recvfrom(65535)
    sys.stdout.write("same" if answer == asked else "different")
elif command == "hear":
    hear(bind("0.0.0.0"))
elif command == "member":
    member = bind("0.0.0.0")
    group = socket.inet_aton(args[0])
    if len(args) > 1:
        # struct ip_mreq_source: group, interface, source. The module does not have the option's number everywhere.
        request = struct.pack("=4s4s4s", group, LOOPBACK, socket.inet_aton(args[1]))
        member.setsockopt(socket.IPPROTO_IP, 39, request)
    else:
        request = struct.pack("=4s4s", group, LOOPBACK)
        member.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, request)
    hear(member)
elif command == "tell":
    host, port, text = args
    sender = bind("127.0.0.1")
    sender.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, LOOPBACK)
    sender.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
    sender.sendto(text.encode(), (host, int(port)))
