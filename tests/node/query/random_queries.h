// Random queries and random people, for property tests: few values, so that they meet often.
#pragma once

#include <random>
#include <string>

#include "tests/node/query/people.h"

namespace syncline::test {

// Always a query that binds to Person.
std::string random_query(std::mt19937& random);
void add_random_people(std::mt19937& random, int count, People* people);

}  // namespace syncline::test
