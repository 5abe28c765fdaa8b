#!/bin/sh
# layers_test.sh - tools/check-layers must find each kind of violation, and accept a tree without any.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
check=$here/../../tools/check-layers
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT INT TERM
failed=0

# A tree of two modules in which everything is right.
fresh() {
    rm -rf "${tree:?}"/*
    mkdir -p "$tree/tools" "$tree/include" "$tree/src/base" "$tree/src/net" "$tree/src/cli"
    printf 'base 0 -\nnet 1 base\ncli 6 base include\nhome curl net\nhome zstd base\n' >"$tree/tools/layers.txt"
    printf '#include <stdint.h>\n' >"$tree/include/tsindexer.h"
    printf '#include <stdio.h>\n#include <zstd.h>\n' >"$tree/src/base/str.c"
    printf '#include "base/str.h"\n#include <curl/curl.h>\n#include <net/if.h>\n' >"$tree/src/net/http.c"
    printf '#include "tsindexer.h"\n#include "base/str.h"\n' >"$tree/src/cli/main.c"
}

# refuse NAME TEXT: the tree as it is now must fail, with TEXT in what is printed.
refuse() {
    if out=$("$check" "$tree" 2>&1); then
        echo "FAILED: $1: was accepted"
        failed=1
    elif ! printf '%s\n' "$out" | grep -qF -- "$2"; then
        echo "FAILED: $1: '$2' is not in: $out"
        failed=1
    else
        echo "ok: $1"
    fi
}

fresh
if out=$("$check" "$tree" 2>&1); then echo "ok: a clean tree"; else echo "FAILED: a clean tree: $out"; failed=1; fi

fresh; echo '#include "net/http.h"' >>"$tree/src/base/str.c"
refuse "a layer above" "src/base/str.c:3: base may not include headers of net"

fresh; echo '  #  include   "net/http.h" // why' >>"$tree/src/cli/main.c"
refuse "a module not allowed, oddly spaced" "src/cli/main.c:3: cli may not include headers of net"

fresh; : >"$tree/src/net/http.h"; echo '#include <net/http.h>' >>"$tree/src/base/str.c"
refuse "ours in angle brackets" "src/base/str.c:3: base may not include headers of net"

fresh; echo '#include "http.h"' >>"$tree/src/net/http.c"
refuse "a header without its module" "src/net/http.c:4: name the module"

fresh; echo '#include "../net/http.h"' >>"$tree/src/base/str.c"
refuse "a relative path" "src/base/str.c:3:"

fresh; echo '#include <curl/curl.h>' >>"$tree/src/base/str.c"
refuse "a third-party header away from home" "src/base/str.c:3: <curl/curl.h> may only be included in net"

fresh; echo '#include <cairo.h>' >>"$tree/src/cli/main.c"
refuse "a third-party header without a home" "src/cli/main.c:3: <cairo.h> has no home"

fresh; echo '#include "tsindexer.h"' >>"$tree/src/net/http.c"
refuse "the public header where it is not allowed" "src/net/http.c:4: net may not include headers of include"

fresh; echo '#include "base/str.h"' >>"$tree/include/tsindexer.h"
refuse "the public header including ours" "include/tsindexer.h:2: the public header may not include"

fresh; echo '#include <zstd.h>' >>"$tree/include/tsindexer.h"
refuse "the public header including a library" "include/tsindexer.h:2: <zstd.h>"

fresh; mkdir "$tree/src/extra"
refuse "a folder that is not in the table" "src/extra: the module is not in tools/layers.txt"

fresh; echo '#include <stdio.h>' >"$tree/src/stray.c"
refuse "a file outside all modules" "src/stray.c: the file is in no module"

fresh; sed -i 's/^base 0 -/base 0 net/' "$tree/tools/layers.txt"
refuse "a table that reaches up" "tools/layers.txt: base may not reach up to net"

fresh; echo 'home zlib parquet' >>"$tree/tools/layers.txt"
refuse "a home that does not exist" "the home of zlib is the unknown module parquet"

exit $failed
