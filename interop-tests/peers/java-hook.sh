#!/bin/sh
# A hook of update-ca-certificates that keeps Java's keystore as that of Debian does, without going through dpkg: it puts in
# what came, and takes out what is said to have left. To be quick, it does so for the roots of wharf alone.
set -e
keystore=/etc/ssl/certs/java/cacerts
while read -r change; do
    name=$(basename "$change")
    case "$change" in
    +*/wharf-*)
        keytool -importcert -noprompt -storepass changeit -keystore $keystore -alias "debian:$name" \
            -file "/etc/ssl/certs/$name"
        ;;
    -*/wharf-*)
        keytool -delete -storepass changeit -keystore $keystore -alias "debian:$name"
        ;;
    esac
done
