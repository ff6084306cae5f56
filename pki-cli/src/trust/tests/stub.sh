#!/bin/sh
# Stands for a program of the system: notes how it was called, and does what the test has written down for it.
here=$(dirname "$0")
name=$(basename "$0")
echo "$name${*:+ $*}" >> "$here/calls"
if [ -f "$here/$name.do" ]; then
    . "$here/$name.do"
fi
