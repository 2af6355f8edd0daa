#!/usr/bin/env bash
# A struct that cannot be stored does not compile, and the compiler's first error says why and what to do.
# compile_errors_test.sh COMPILER
set -u
compiler=$1
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)
dir=$(mktemp -d "${TMPDIR:-/tmp}/syncline-errors.XXXXXX")
trap 'rm -rf "$dir"' EXIT
failed=0

# attempt CODE: the compiler's errors.
attempt() {
  printf '#include "syncline/objects.h"\nusing namespace syncline;\n%s\n' "$1" >"$dir/attempt.cc"
  "$compiler" -std=c++23 -fsyntax-only -I "$root/include" "$dir/attempt.cc" 2>&1
}
# refuses NAME TEXT CODE
refuses() {
  local out first
  if out=$(attempt "$3"); then
    echo "FAILED: $1 compiles"
    failed=1
    return
  fi
  first=$(grep -m1 'error:' <<<"$out")
  grep -qF -- "$2" <<<"$first" && return
  echo "FAILED: $1: expected the first error to say \"$2\", got: $first"
  failed=1
}

out=$(attempt 'struct A { std::string id; double x = 0; };
constexpr auto schema_of(Model<A>) { return object_schema("A", field("_id", &A::id), field("x", &A::x)); }
Status f(Transaction& t) { return t.put(A{}); }
auto g(Node& n) { return n.query<A>(where(&A::x) > 4); }') || { echo "FAILED: what is right does not compile: $out"; failed=1; }

refuses 'a struct without a schema' 'this struct has no schema: write' \
  'struct A { std::string id; }; Status f(Transaction& t) { return t.put(A{}); }'
refuses 'a float' 'For a float use double' \
  'struct A { std::string id; float x = 0; };
   constexpr auto schema_of(Model<A>) { return object_schema("A", field("_id", &A::id), field("x", &A::x)); }
   Status f(Transaction& t) { return t.put(A{}); }'
refuses 'objects without an _id' 'objects of their own need a field named "_id"' \
  'struct A { std::string id; };
   constexpr auto schema_of(Model<A>) { return object_schema("A", field("id", &A::id)); }
   Status f(Transaction& t) { return t.put(A{}); }'
refuses 'an _id that is no key' 'an _id is an int64_t, a std::string' \
  'struct A { double id = 0; };
   constexpr auto schema_of(Model<A>) { return object_schema("A", field("_id", &A::id)); }
   Status f(Transaction& t) { return t.put(A{}); }'
refuses 'an object held by value' 'hold a syncline::Link to it' \
  'struct B { std::string id; };
   constexpr auto schema_of(Model<B>) { return object_schema("B", field("_id", &B::id)); }
   struct A { std::string id; B b; };
   constexpr auto schema_of(Model<A>) { return object_schema("A", field("_id", &A::id), field("b", &A::b)); }
   auto f() { return models<A>(); }'
refuses 'a set of embedded objects' 'a set cannot hold embedded objects: use a std::vector' \
  'struct B { std::string x; };
   constexpr auto schema_of(Model<B>) { return embedded_schema("B", field("x", &B::x)); }
   struct A { std::string id; std::set<B> b; };
   constexpr auto schema_of(Model<A>) { return object_schema("A", field("_id", &A::id), field("b", &A::b)); }
   auto f() { return models<A>(); }'
refuses 'a comparison with another type' 'this cannot be compared with the member' \
  'struct A { std::string id; };
   constexpr auto schema_of(Model<A>) { return object_schema("A", field("_id", &A::id)); }
   auto f(Node& n) { return n.query<A>(where(&A::id) == 5); }'
refuses 'an optional counter' 'a counter that is not there cannot be added to' \
  'struct A { std::string id; std::optional<Counter> n; };
   constexpr auto schema_of(Model<A>) { return object_schema("A", field("_id", &A::id), field("n", &A::n)); }
   auto f() { return models<A>(); }'
exit $failed
