// Random operations that a peer could do on what it shows, for property tests.
#pragma once

#include <random>

#include "tests/node/merge/harness.h"

namespace syncline::merge_test {

using Random = std::mt19937_64;

struct Palette {
  bool objects = true;      // delete and create the object
  bool kinds = true;        // the mixed field changes its kind
  bool assignments = true;  // whole values
  bool moves = true;
  bool erases = true;  // of list elements
};

// The fields of the object that the scripts work on.
namespace field {
inline constexpr int kText = 1, kCounter = 2, kEmbedded = 3, kList = 4, kDictionary = 5, kSet = 6,
                     kMixed = 7;
}  // namespace field

void create_everything(Editor& e);
// One operation, on an object that the editor shows (else it is created).
void random_operation(Random& random, const Palette& palette, Editor& e);

}  // namespace syncline::merge_test
