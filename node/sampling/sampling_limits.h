// Every bound on what sampling keeps of the documents it sees, with its reason.
#pragma once

#include <cstddef>

#include "proto/limits.h"

namespace syncline::sampling {

// Places (fields, elements, values of dictionaries) that are told apart, in one type: some
// kilobytes each. Names beyond are counted and not declared.
inline constexpr size_t kPlacesMax = 50'000;
// Names in one document's place; beyond, an embedded object is a dictionary, and a document's own
// further fields are not declared.
inline constexpr size_t kNamesMax = limits::kFieldsPerTypeMax;
// Names after which it is first asked whether a place is a dictionary: until then each has a place.
inline constexpr size_t kNamesBeforeMerging = 256;
// Documents named beside a count.
inline constexpr size_t kExamplesMax = 3;
// Of an _id in a message.
inline constexpr size_t kExampleBytesMax = 80;
// Values of a field that are kept to see whether they resolve: five in a hundred of them can be
// told from none.
inline constexpr size_t kProbedValuesMax = 1'000;
// _ids of a type that are remembered, eight bytes each; types with more are no targets of links.
inline constexpr size_t kIdsMax = 16'000'000;
// What App Services samples at most.
inline constexpr size_t kSampleMax = 50'000;
// Texts of the documents of a sample, which are held until the last line has been read.
inline constexpr size_t kSampleBytesMax = 512u << 20;

// ---- what decides ----

// A dictionary has at least so many distinct keys ...
inline constexpr size_t kDictionaryKeysMin = 10;
// ... of which a document has on average at most this part.
inline constexpr double kDictionaryOverlapMax = 1.0 / 3;
// Fewer suffice if all keys look like ids, numbers or dates, which nobody calls fields.
inline constexpr size_t kDictionaryIdKeysMin = 3;
// The part of a field's values that must be _ids of another type for a relationship.
inline constexpr double kResolvedMin = 0.95;

}  // namespace syncline::sampling
