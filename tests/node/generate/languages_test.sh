#!/usr/bin/env bash
# Generated models are programs of their language: those of the example app, of one with every type and of a hostile one
# are generated, and compiled or parsed by the tool of the language. languages_test.sh LANGUAGE [APP...]; needs SYNCLINE, and
# for Swift, Dart and C# the grammars (SYNCLINE_GRAMMARS). Fails where a tool is missing: ./dev test installs it.
set -u
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
language=$1
shift
program=$(realpath "${SYNCLINE:-}") || { echo "SYNCLINE must name the program"; exit 2; }
grammars=${SYNCLINE_GRAMMARS:-$here/../../../build/grammars}
stubs=$here/stubs
dir=$(mktemp -d "${TMPDIR:-/tmp}/syncline-models.XXXXXX")
trap 'rm -rf "$dir"' EXIT
apps=("$@")
[ $# -gt 0 ] || apps=("$here/apps/every_type" "$here/apps/hostile" "$here/../../../examples/cold_chain")

die() { echo "FAILED: $*"; exit 1; }
# need COMMAND PACKAGE: a missing tool is a failure, or nothing would be checked.
need() { command -v "$1" >/dev/null || die "$1 is missing, with which generated $language is checked; install the package $2 (./dev test does)"; }
need_grammars() {
  need node nodejs
  [ -d "$grammars/node_modules/web-tree-sitter" ] ||
    die "the grammars are missing in $grammars; ./dev test fetches them (npm ci of tests/node/generate/grammars)"
}

# Into $dir/app<N>, in a package of that name where the language has them.
n=0
for app in "${apps[@]}"; do
  package=()
  case $language in kotlin | java | csharp) package=(--package "app$n") ;; esac
  "$program" schema generate --app "$app" --lang "$language" --out "$dir/app$n" ${package[@]+"${package[@]}"} >"$dir/list" ||
    die "$app is not generated"
  [ -s "$dir/list" ] || die "$app gives no files"
  n=$((n + 1))
done

case $language in
  cpp)
    # The build compiles that of our own apps (compiled/); this is for apps of others.
    need g++ g++
    root=$here/../../..
    for one in "$dir"/app*; do
      {
        echo '#include "models.h"'
        echo 'void use() {'
        sed -n 's/^constexpr auto schema_of(syncline::Model<\([A-Za-z0-9_]*\)>.*/  (void)syncline::from_document<\1>(syncline::to_document(\1{}));/p' "$one/models.h"
        echo '}'
      } >"$one/main.cc"
      g++ -std=c++23 -Wall -Wextra -Wno-missing-field-initializers -Werror -fsyntax-only -I"$root" -I"$root/include" "$one/main.cc" ||
        die "models.h does not compile"
    done
    ;;
  c)
    need gcc gcc
    for one in "$dir"/app*; do
      types=$(sed -n 's/^typedef struct \([A-Za-z0-9_]*\) .*/\1/p' "$one/models.h")
      {
        echo '#include "models.h"'
        echo 'int main(void) {'
        for type in $types; do echo "  { $type object = {0}; syncline_clear_$type(&object); }"; done
        echo '  return 0; }'
      } >"$one/main.c"
      # Used: an object of each type is made and cleared.
      for standard in c99 c11 gnu17; do
        gcc -std=$standard -Wall -Wextra -Wno-missing-braces -Wno-missing-field-initializers -Werror -pedantic \
          -o "$one/main" "$one/main.c" && "$one/main" || die "models.h cannot be used as $standard"
      done
    done
    if [ $# -eq 0 ]; then
      # Memory is owned as documented: nothing is left, nothing freed twice.
      gcc -std=c11 -Wall -Werror -pedantic -g -fsanitize=address,undefined -I"$dir/app0" -o "$dir/own" "$here/ownership.c" &&
        "$dir/own" || die "ownership.c does not hold"
    fi
    ;;
  python)
    need mypy mypy
    need python3 python3
    n=0
    for one in "$dir"/app*; do
      mv "$one/models.py" "$dir/models_$n.py"
      python3 -B "$here/round_trip.py" "$dir/models_$n.py" $([ $# -eq 0 ] && [ $n = 0 ] && echo full) || die "models_$n.py does not round-trip"
      n=$((n + 1))
    done
    (cd "$dir" && mypy --strict --cache-dir=/dev/null --no-error-summary models_*.py) || die "mypy"
    ;;
  typescript)
    need tsc node-typescript
    cat >"$dir/tsconfig.json" <<JSON
{"compilerOptions": {"strict": true, "noEmit": true, "target": "ES2020", "module": "ES2020", "moduleResolution": "node",
  "types": [], "noUnusedLocals": true, "paths": {"realm": ["$stubs/typescript/realm.d.ts"]}}, "include": ["app*/*.ts"]}
JSON
    (cd "$dir" && tsc -p tsconfig.json) || die "tsc"
    ;;
  java)
    need javac openjdk-17-jdk-headless
    for one in "$dir"/app*; do mkdir -p "$dir/src/$(basename "$one")" && mv "$one"/*.java "$dir/src/$(basename "$one")"; done
    javac -encoding UTF-8 -Xlint:all,-serial -Werror -proc:none -d "$dir/classes" $(find "$stubs/java" -name '*.java') \
      $(find "$dir/src" -name '*.java') || die "javac"
    ;;
  kotlin)
    need kotlinc kotlin
    kotlinc -no-reflect "$stubs"/kotlin/*.kt "$dir"/app*/*.kt -d "$dir/classes" 2>&1 | grep -v '^OpenJDK' >"$dir/log"
    [ "${PIPESTATUS[0]}" = 0 ] && ! grep -q '^error\|: error:' "$dir/log" || { cat "$dir/log"; die "kotlinc"; }
    [ -n "$(find "$dir/classes" -name '*.class' | head -n 1)" ] || die "kotlinc made no classes"
    ;;
  csharp)
    need mcs mono-mcs
    need_grammars
    node --liftoff-only "$here/parse.mjs" "$grammars" c_sharp "$dir"/app*/*.cs || die "the grammar of C#"
    # mcs knows C# 7, without annotations of what may be null. They are taken out, and a second part of each class is
    # added with the members that the SDK's generator gives it, so that names which collide with them are seen.
    for file in "$dir"/app*/*.cs; do
      sed -E -e '/^#nullable/d' -e 's/ = null!;//' -e 's/\b(string|byte\[\])\?/\1/g' "$file" >"$file.plain"
      # Of classes too: whatever is declared in one of the files.
    done
    names=$(sed -n -E 's/^public partial class ([A-Za-z0-9_]+) .*/\1/p' "$dir"/app*/*.plain | sort -u | paste -sd'|')
    for file in "$dir"/app*/*.plain; do
      sed -i -E -e "s/\b($names)\?/\1/g" "$file"
      mv "$file" "${file%.cs.plain}.plain.cs"
    done
    for one in "$dir"/app*; do
      {
        echo "namespace $(basename "$one") {"
        sed -n -E 's/^public (partial class [A-Za-z0-9_]+) .*/public \1 {\
          public global::Realms.Realm Realm { get { return null; } } public bool IsValid { get { return true; } }\
          public bool IsManaged { get { return true; } } public bool IsFrozen { get { return true; } }\
          public object ObjectSchema { get { return null; } } public object DynamicApi { get { return null; } }\
          public int BacklinksCount { get { return 0; } } public object Accessor { get { return null; } } }/p' "$one"/*.plain.cs
        echo "}"
      } >"$dir/$(basename "$one").members.cs"
    done
    mcs -target:library -warnaserror -out:"$dir/models.dll" "$stubs"/csharp/*.cs "$dir"/app*/*.plain.cs "$dir"/*.members.cs || die "mcs"
    ;;
  swift | dart)
    need_grammars
    node --liftoff-only "$here/parse.mjs" "$grammars" "$language" "$dir"/app*/*."$language" || die "the grammar of $language"
    ;;
  *) die "no check of $language" ;;
esac
