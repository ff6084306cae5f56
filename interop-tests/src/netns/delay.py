"""Two TUN devices and a wire between them that holds each packet back.

usage: delay.py LEFT RIGHT DELAY_MS

Says `ready` once both devices exist, in the network namespace of the caller; they may then be moved. Both vanish when
standard input ends.
"""

import collections, fcntl, os, select, struct, sys, time

TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 0x0001, 0x1000


def device(name):
    tun = os.open("/dev/net/tun", os.O_RDWR | os.O_CLOEXEC)
    request = struct.pack("16sH22x", name.encode(), IFF_TUN | IFF_NO_PI)
    fcntl.ioctl(tun, TUNSETIFF, request)
    return tun


left, right = device(sys.argv[1]), device(sys.argv[2])
delay = int(sys.argv[3]) / 1000
other = {left: right, right: left}
under_way = collections.deque()
print("ready", flush=True)

while True:
    wait = max(0, under_way[0][0] - time.monotonic()) if under_way else None
    readable, _, _ = select.select([sys.stdin, left, right], [], [], wait)
    if sys.stdin in readable:
        break
    for tun in readable:
        packet = os.read(tun, 65535)
        under_way.append((time.monotonic() + delay, other[tun], packet))
    while under_way and under_way[0][0] <= time.monotonic():
        _, tun, packet = under_way.popleft()
        try:
            os.write(tun, packet)
        except OSError:
            pass  # the device is down: a packet into nowhere is lost
