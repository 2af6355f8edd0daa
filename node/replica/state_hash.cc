#include "node/replica/state_hash.h"

#include <sodium.h>

#include <algorithm>

#include "node/model/documents.h"
#include "node/replica/keys.h"
#include "node/replica/replica.h"
#include "proto/check.h"
#include "proto/extended_json.h"
#include "proto/planted.h"

namespace syncline {
namespace {

// By name: numbers are one authority's, and hashes are compared across stores.
std::vector<const TypeDef*> types_by_name(const Schema& schema,
                                          const std::vector<TypeNumber>& types) {
  std::vector<const TypeDef*> out;
  for (const TypeDef& type : schema.types) {
    const bool named = std::find(types.begin(), types.end(), type.number) != types.end();
    if (!type.embedded && (types.empty() ? !is_system(type.number) : named)) out.push_back(&type);
  }
  std::sort(out.begin(), out.end(),
            [](const TypeDef* a, const TypeDef* b) { return a->name < b->name; });
  return out;
}

}  // namespace

std::string state_line(const Schema& schema, TypeNumber type, const Row& row) {
  return print_extended_json(Value(document_of_object(schema, type, row)), JsonForm::exact, true);
}

static_assert(sizeof(crypto_generichash_state) <= 512 && alignof(crypto_generichash_state) <= 64);

StateHasher::StateHasher() {
  init_crypto();
  auto* state = reinterpret_cast<crypto_generichash_state*>(state_.data());
  CHECK(crypto_generichash_init(state, nullptr, 0, sizeof(Hash::bytes)) == 0);
}

void StateHasher::add(const Schema& schema, TypeNumber type, const Row& row) {
  std::string line = state_line(schema, type, row);
  line.push_back('\n');
  auto* state = reinterpret_cast<crypto_generichash_state*>(state_.data());
  crypto_generichash_update(state, reinterpret_cast<const unsigned char*>(line.data()),
                            line.size());
}

Hash StateHasher::finish() {
  Hash out;
  auto* state = reinterpret_cast<crypto_generichash_state*>(state_.data());
  CHECK(crypto_generichash_final(state, out.bytes.data(), out.bytes.size()) == 0);
  return out;
}

Result<Hash> state_hash(const Reader& reader, const Schema& schema,
                        const std::vector<TypeNumber>& types) {
  StateHasher hasher;
  for (const TypeDef* type : types_by_name(schema, types)) {
    SYNCLINE_TRY(visit_objects(reader, type->number, true, [&](const ObjectKey&, const Row& row) {
      hasher.add(schema, type->number, row);
      return true;
    }));
  }
  Hash hash = hasher.finish();
  if (SYNCLINE_PLANTED(hash_the_holder))
    if (auto writer = reader.get(node_keys::meta::writer()); writer && *writer)
      hash.bytes[0] ^= syncline::hash("holder", **writer).bytes[0];
  return hash;
}

}  // namespace syncline
