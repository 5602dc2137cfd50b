# What a machine must have to build Fengsui, and where it comes from. Sourced by deploy/quickstart and tests/run.
# Only the distribution's packages and npm's registry are asked; nothing is downloaded from anywhere else.

RUST_OLDEST=1.90.0
NODE_OLDEST=20.19.0
NODE_BROUGHT=22.23.3
TOOLS=$PWD/target/tools

say() { printf '\n\033[1m==> %s\033[0m\n' "$*"; }
give_up() { printf '%s: %s\n' "$(basename "$0")" "$*" >&2; exit 1; }
at_least() { [ "$(printf '%s\n%s\n' "$1" "$2" | sort -V | head -n 1)" = "$1" ]; }

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; return; fi
    command -v sudo > /dev/null || give_up "needs root or sudo for: $*"
    sudo "$@"
}

# need_packages "name: what it is for"...: installs those that are missing, and says why.
need_packages() {
    command -v apt-get > /dev/null || give_up "this machine has no apt-get: install by hand ${*%%:*}"
    local entry missing=()
    for entry in "$@"; do
        dpkg-query -W -f='${Status}' "${entry%%:*}" 2> /dev/null | grep -q 'ok installed' && continue
        [ ${#missing[@]} = 0 ] && say "Installing from the distribution's packages"
        printf '    %-22s %s\n' "${entry%%:*}" "${entry#*: }"
        missing+=("${entry%%:*}")
    done
    [ ${#missing[@]} = 0 ] && return
    as_root apt-get update -q
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "${missing[@]}"
}

offers() { # offers PACKAGE VERSION: the distribution has it, at least that new
    local candidate
    candidate=$(apt-cache policy "$1" 2> /dev/null | sed -n 's/^  Candidate: \([^(]*\)$/\1/p')
    [ -n "$candidate" ] && at_least "$2" "$candidate"
}

rust_is_there() {
    local found
    found=$(cargo --version 2> /dev/null | cut -d' ' -f2) && [ -n "$found" ] && at_least "$RUST_OLDEST" "$found"
}

# Rust: what is there, else Debian's rustc-web (kept new for its browsers), else the distribution's rustup.
need_rust() {
    [ -d "$HOME/.cargo/bin" ] && PATH=$HOME/.cargo/bin:$PATH
    rust_is_there && return
    say "Rust $RUST_OLDEST or newer is missing: bringing one"
    as_root apt-get update -q
    if offers rustc-web "$RUST_OLDEST"; then
        need_packages "rustc-web: the Rust compiler" "cargo-web: Rust's package manager"
    elif offers rustup 1.20; then
        need_packages "rustup: brings the current Rust compiler"
        rustup toolchain install stable --profile minimal --component rustfmt --component clippy
        rustup default stable
    fi
    hash -r
    rust_is_there || give_up "Rust $RUST_OLDEST or newer is needed and this distribution has none.
    Install it as https://rustup.rs says, then start this command again."
}

node_is_there() {
    local found
    found=$(node --version 2> /dev/null) && at_least "$NODE_OLDEST" "${found#v}" && command -v npm > /dev/null
}

# Node: what is there, else the distribution's, else npm's own packaging of it, kept in target/tools.
need_node() {
    [ -d "$TOOLS/node" ] && PATH=$TOOLS/node:$PATH
    node_is_there && return
    command -v npm > /dev/null || need_packages "npm: brings the web console's libraries, and Node"
    hash -r
    node_is_there && return
    local machine
    case $(uname -m) in
        x86_64) machine=x64 ;;
        aarch64) machine=arm64 ;;
        *) give_up "Node $NODE_OLDEST or newer is needed to build the console; install it from https://nodejs.org" ;;
    esac
    say "Node $NODE_OLDEST or newer is missing: bringing $NODE_BROUGHT from npm's registry into target/tools"
    mkdir -p "$TOOLS/npm"
    (cd "$TOOLS/npm" && npm install --silent --no-save --prefix . "node-linux-$machine@$NODE_BROUGHT")
    ln -sfn "$TOOLS/npm/node_modules/node-linux-$machine/bin" "$TOOLS/node"
    PATH=$TOOLS/node:$PATH
    hash -r
    node_is_there || give_up "Node could not be brought; install Node $NODE_OLDEST or newer from https://nodejs.org"
}

build_console() {
    (cd src/console/web && npm ci --no-audit --no-fund && npm run build)
}
